/* The sink, in plain C11: posts each event to one address, as it is, and goes by the status of the answer.
 *
 * All functions of an instance are [instance], so that its struct needs no lock. */
#include <patchbay/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PATCHBAY_NOTE(PATCHBAY_EXT_SINK);

typedef struct instance {
  const pb_host* host;
  pb_instance id;
  const pb_host_sink* sink;
  char url[2048];
} instance;

static pb_bytes text(const char* from) {
  const pb_bytes bytes = {(const uint8_t*)from, strlen(from)};
  return bytes;
}

static int same(pb_bytes a, const char* b) { return a.length == strlen(b) && memcmp(a.data, b, a.length) == 0; }

static pb_code fail(const pb_host* host, pb_instance id, pb_code code, const char* pointer, const char* reason,
                    const char* remedy) {
  pb_error error = {0};
  error.size = sizeof error;
  error.code = code;
  error.pointer = text(pointer);
  error.reason = text(reason);
  error.remedy = text(remedy);
  host->report(host->self, id, &error);
  return code;
}

/* The value of "url". The host has checked the settings against the schema, which allows no quote, backslash or space
 * in it: no JSON parser is needed. */
static int read_url(pb_bytes json, char* to, size_t room) {
  static const char key[] = "\"url\":\"";
  const size_t length = sizeof key - 1;
  for (uint64_t at = 0; at + length < json.length; ++at) {
    if (memcmp(json.data + at, key, length) != 0) continue;
    const uint8_t* const from = json.data + at + length;
    const uint8_t* const end = memchr(from, '"', (size_t)(json.length - at - length));
    if (end == NULL || end == from || (size_t)(end - from) >= room) return 0;
    memcpy(to, from, (size_t)(end - from));
    to[end - from] = '\0';
    return 1;
  }
  return 0;
}

static pb_code open_instance(const pb_host* host, pb_instance id, const pb_open* from, void** state) {
  instance* const it = calloc(1, sizeof *it);
  if (it == NULL) return fail(host, id, PB_TRANSIENT, "", "opening an instance: no memory left", "");
  it->host = host;
  it->id = id;
  it->sink = host->extension(host->self, text(PATCHBAY_EXT_SINK));
  if (it->sink == NULL) {
    free(it);
    return fail(host, id, PB_NOT_FOUND, "", "opening an instance: the host lacks " PATCHBAY_EXT_SINK,
                "update Patchbay");
  }
  if (!read_url(from->settings, it->url, sizeof it->url)) {
    free(it);
    return fail(host, id, PB_INVALID_SETTINGS, "/url", "reading /url: expected an address", "write https://...");
  }
  *state = it;
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
static void close_instance(void* state) { free(state); }

/* Pure: the same event always makes the same request. The host sends it. */
static void render(void* state, const pb_event* event) {
  const instance* const it = state;
  pb_header header = {0};
  header.size = sizeof header;
  header.name = text("content-type");
  header.value = text("application/cloudevents+json");
  pb_http_call call = {0};
  call.size = sizeof call;
  call.token = event->token;
  call.method = text("POST");
  call.url = text(it->url);
  call.headers = (pb_list){&header, 1, sizeof header};
  call.body = event->payload;
  pb_rendered rendered = {0};
  rendered.size = sizeof rendered;
  rendered.token = event->token;
  rendered.calls = (pb_list){&call, 1, sizeof call};
  it->sink->rendered(it->host->self, it->id, &rendered);
}

/* As Standard Webhooks 1.0.0 has it: 2xx delivered, 410 gone, 408, 425, 429, 5xx and no answer transient, else
 * permanent. */
static int32_t verdict_of(uint32_t status) {
  if (status >= 200 && status < 300) return PB_VERDICT_DELIVERED;
  if (status == 410) return PB_VERDICT_GONE;
  if (status == 0 || status == 408 || status == 425 || status == 429 || status >= 500) return PB_VERDICT_TRANSIENT;
  return PB_VERDICT_PERMANENT;
}

static void judge(void* state, const pb_event* event, const pb_http_result* result) {
  const instance* const it = state;
  char reason[64];
  if (result->status == 0)
    snprintf(reason, sizeof reason, "the receiver gave no answer");
  else
    snprintf(reason, sizeof reason, "the receiver answered HTTP %u", (unsigned)result->status);
  pb_judged judged = {0};
  judged.size = sizeof judged;
  judged.verdict = verdict_of(result->status);
  judged.token = event->token;
  judged.reason = text(reason);
  it->sink->judged(it->host->self, it->id, &judged);
}

static const void* extension(pb_bytes id) {
  static const pb_sink sink = {sizeof sink, 0, render, judge};
  return same(id, PATCHBAY_EXT_SINK) ? &sink : NULL;
}

const pb_plugin* patchbay_plugin_v1(uint32_t host_abi_major, uint32_t host_abi_minor) {
  static pb_plugin plugin = {sizeof plugin, PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR, 0,     {0},
                             {0},           extension,          open_instance,      start, complete,
                             stop,          close_instance};
  (void)host_abi_minor;
  if (host_abi_major != PATCHBAY_ABI_MAJOR) return NULL;
  plugin.name = text(PATCHBAY_PLUGIN_NAME);
  plugin.version = text(PATCHBAY_PLUGIN_VERSION);
  return &plugin;
}
