/* The connector, in plain C11: each poll submits one message. Put your source where `message` is filled in.
 *
 * The number of the last message is the cursor: it becomes durable together with the message, so that a restart skips
 * none and tells none twice. All functions of an instance are [instance], so that its struct needs no lock. */
#include <patchbay/abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PATCHBAY_NOTE(PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_STATE " " PATCHBAY_EXT_CLOCK);

typedef struct instance {
  const pb_host* host;
  pb_instance id;
  const pb_host_intake* intake;
  const pb_host_state* state;
  const pb_host_clock* clock;
  int64_t interval_ms;
  uint64_t durable;    /* number of the last message that is in the store */
  uint64_t on_its_way; /* number of the message whose completion is awaited, or 0 */
} instance;

static pb_bytes text(const char* from) {
  const pb_bytes bytes = {(const uint8_t*)from, strlen(from)};
  return bytes;
}

static int same(pb_bytes a, const char* b) { return a.length == strlen(b) && memcmp(a.data, b, a.length) == 0; }

/* The host has checked the settings against the schema, which knows one whole number: no JSON parser is needed. */
static int64_t number_in(pb_bytes json, int64_t otherwise) {
  int64_t number = 0;
  int digits = 0;
  for (uint64_t i = 0; i < json.length && digits < 9; ++i) {
    if (json.data[i] < '0' || json.data[i] > '9') continue;
    number = number * 10 + (json.data[i] - '0');
    ++digits;
  }
  return number == 0 ? otherwise : number;
}

static pb_code fail(const pb_host* host, pb_instance id, pb_code code, const char* reason) {
  pb_error error = {0};
  error.size = sizeof error;
  error.code = code;
  error.reason = text(reason);
  host->report(host->self, id, &error);
  return code;
}

static pb_code open_instance(const pb_host* host, pb_instance id, const pb_open* from, void** state) {
  instance* const it = calloc(1, sizeof *it);
  if (it == NULL) return fail(host, id, PB_TRANSIENT, "opening an instance: no memory left");
  it->host = host;
  it->id = id;
  it->intake = host->extension(host->self, text(PATCHBAY_EXT_INTAKE));
  it->state = host->extension(host->self, text(PATCHBAY_EXT_STATE));
  it->clock = host->extension(host->self, text(PATCHBAY_EXT_CLOCK));
  it->interval_ms = number_in(from->settings, 60000);
  if (it->intake == NULL || it->state == NULL || it->clock == NULL) {
    free(it);
    return fail(host, id, PB_NOT_FOUND, "opening an instance: the host lacks intake, state or clock");
  }
  *state = it;
  return PB_OK;
}

typedef struct cursor {
  char digits[24];
  uint64_t length;
} cursor;

static void keep(void* self, pb_bytes part) {
  cursor* const to = self;
  for (uint64_t i = 0; i < part.length && to->length + 1 < sizeof to->digits; ++i)
    to->digits[to->length++] = (char)part.data[i];
}

static pb_code start(void* state) {
  instance* const it = state;
  cursor last = {{0}, 0};
  const pb_writer out = {&last, keep};
  const pb_code code = it->state->get(it->host->self, it->id, text("cursor"), &out);
  if (code != PB_OK && code != PB_NOT_FOUND) return fail(it->host, it->id, code, "reading the cursor");
  it->durable = strtoull(last.digits, NULL, 10);
  return PB_OK;
}

/* Returns the milliseconds until the next call. */
static int64_t poll(void* state) {
  instance* const it = state;
  if (it->on_its_way != 0) return it->interval_ms;
  char number[24], external_id[40], words[64];
  snprintf(number, sizeof number, "%llu", (unsigned long long)it->durable + 1);
  snprintf(external_id, sizeof external_id, "message-%s", number);
  snprintf(words, sizeof words, "Message %s of newcomer", number);

  pb_identifier identifier = {0};
  identifier.size = sizeof identifier;
  identifier.kind = text("account");
  identifier.value = text("kasia");
  identifier.scope = text("newcomer");
  pb_participant author = {0};
  author.size = sizeof author;
  author.role = PB_ROLE_AUTHOR;
  author.identifiers = (pb_list){&identifier, 1, sizeof identifier};
  pb_interaction message = {0};
  message.size = sizeof message;
  message.kind = PB_KIND_MESSAGE;
  message.occurred_us = it->clock->now_us(it->host->self, it->id);
  message.account = text("main");
  message.external_id = text(external_id); /* by which the host knows a repetition */
  message.text = text(words);
  message.participants = (pb_list){&author, 1, sizeof author};
  pb_state cursor_entry = {0};
  cursor_entry.size = sizeof cursor_entry;
  cursor_entry.key = text("cursor");
  cursor_entry.value = text(number);
  pb_batch batch = {0};
  batch.size = sizeof batch;
  batch.token = it->durable + 1;
  batch.interactions = (pb_list){&message, 1, sizeof message};
  batch.states = (pb_list){&cursor_entry, 1, sizeof cursor_entry};
  /* A host that is busy or stopping takes nothing: the next poll tries the same message again. */
  if (it->intake->submit(it->host->self, it->id, &batch) == PB_OK) it->on_its_way = batch.token;
  return it->interval_ms;
}

static void complete(void* state, const pb_completion* completion) {
  instance* const it = state;
  if (completion->errors.count == 0) it->durable = completion->token;
  it->on_its_way = 0;
}

static void stop(void* state) { (void)state; }
static void close_instance(void* state) { free(state); }

static const void* extension(pb_bytes id) {
  static const pb_poll polling = {sizeof polling, 0, poll};
  return same(id, PATCHBAY_EXT_POLL) ? &polling : NULL;
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
