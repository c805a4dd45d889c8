/* A channel that does nothing, and whose two functions without an instance are wrong: the entry takes every host, and
 * an id is compared only as far as it goes. */
#include <patchbay/abi.h>
#include <string.h>

PATCHBAY_NOTE(PATCHBAY_EXT_INTAKE);

static char opened; /* every instance: there is nothing to tell them apart by */

static pb_code open_instance(const pb_host* host, pb_instance id, const pb_open* from, void** state) {
  (void)host;
  (void)id;
  (void)from;
  *state = &opened;
  return PB_OK;
}
static pb_code start(void* state) {
  (void)state;
  return PB_OK;
}
static void complete(void* state, const pb_completion* completion) {
  (void)state;
  (void)completion;
}
static void stop(void* state) { (void)state; }
static void close_instance(void* state) { (void)state; }

static int64_t poll(void* state) {
  (void)state;
  return 60000;
}

static const void* extension(pb_bytes id) {
  static const pb_poll polling = {sizeof polling, 0, poll};
  return id.length != 0 && strncmp((const char*)id.data, PATCHBAY_EXT_POLL, id.length) == 0 ? &polling : NULL;
}

const pb_plugin* patchbay_plugin_v1(uint32_t host_abi_major, uint32_t host_abi_minor) {
  static pb_plugin plugin = {sizeof plugin, PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR, 0,     {0},
                             {0},           extension,          open_instance,      start, complete,
                             stop,          close_instance};
  (void)host_abi_major;
  (void)host_abi_minor;
  plugin.name = (pb_bytes){(const uint8_t*)PATCHBAY_PLUGIN_NAME, strlen(PATCHBAY_PLUGIN_NAME)};
  plugin.version = (pb_bytes){(const uint8_t*)PATCHBAY_PLUGIN_VERSION, strlen(PATCHBAY_PLUGIN_VERSION)};
  return &plugin;
}
