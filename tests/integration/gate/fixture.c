/* A plugin in plain C for the gate's tests. Each variant differs in what a definition says.
 * Its constructor leaves a trace, by which the tests prove that no code of a refused plugin ran. */
#include <patchbay/abi.h>

#include <stdio.h>
#include <stdlib.h>

#ifdef FIXTURE_MAJOR
#undef PATCHBAY_ABI_MAJOR
#define PATCHBAY_ABI_MAJOR FIXTURE_MAJOR
#endif
#ifdef FIXTURE_MINOR
#undef PATCHBAY_ABI_MINOR
#define PATCHBAY_ABI_MINOR FIXTURE_MINOR
#endif
#ifdef FIXTURE_MAGIC
#undef PATCHBAY_ABI_MAGIC
#define PATCHBAY_ABI_MAGIC FIXTURE_MAGIC
#endif
#ifndef FIXTURE_EXTENSIONS
#define FIXTURE_EXTENSIONS PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_CLOCK
#endif

#ifndef FIXTURE_WITHOUT_NOTE
PATCHBAY_NOTE(FIXTURE_EXTENSIONS);
#endif

__attribute__((constructor)) static void leave_a_trace(void) {
  const char* path = getenv("PATCHBAY_GATE_TRACE");
  FILE* trace = path != NULL ? fopen(path, "w") : NULL;
  if (trace != NULL) fclose(trace);
}

#define TEXT(literal) \
  { (const uint8_t*)(literal), sizeof(literal) - 1 }

static const pb_host* the_host;
static pb_instance the_instance;

static const void* extension(pb_bytes id) {
  (void)id;
  return NULL;
}

static pb_code open_instance(const pb_host* host, pb_instance instance, const pb_open* open, void** state) {
  (void)open;
  the_host = host;
  the_instance = instance;
  *state = &the_instance;
  return PB_OK;
}

static pb_code start(void* state) {
  (void)state;
  const pb_bytes id = TEXT(PATCHBAY_EXT_INTAKE);
  const pb_host_intake* intake = the_host->extension(the_host->self, id);
  pb_batch batch = {.size = sizeof batch, .token = 42};
  return intake->submit(the_host->self, the_instance, &batch);
}

static void complete(void* state, const pb_completion* completion) {
  (void)state;
  (void)completion;
}

static void do_nothing(void* state) { (void)state; }

static const pb_plugin plugin = {.size = sizeof plugin,
                                 .abi_major = PATCHBAY_ABI_MAJOR,
                                 .abi_minor = PATCHBAY_ABI_MINOR,
                                 .name = TEXT("fixture"),
                                 .version = TEXT("0.1.0"),
                                 .extension = extension,
                                 .open = open_instance,
                                 .start = start,
                                 .complete = complete,
                                 .stop = do_nothing,
                                 .close = do_nothing};

#ifdef FIXTURE_WITHOUT_ENTRY
#define ENTRY some_other_entry
PATCHBAY_EXPORT const pb_plugin* some_other_entry(uint32_t host_abi_major, uint32_t host_abi_minor);
#else
#define ENTRY patchbay_plugin_v1
#endif

PATCHBAY_EXPORT const pb_plugin* ENTRY(uint32_t host_abi_major, uint32_t host_abi_minor) {
  (void)host_abi_major;
  (void)host_abi_minor;
  return &plugin;
}

#ifdef FIXTURE_EXTRA_EXPORT
PATCHBAY_EXPORT int helper_that_should_be_hidden(void);
PATCHBAY_EXPORT int helper_that_should_be_hidden(void) { return 1; }
#endif
