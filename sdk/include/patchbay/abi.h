/* The C ABI between the Patchbay host and its plugins. SDK 0.2.
 *
 * Needs only a C11 compiler. A plugin exports one function, `patchbay_plugin_v1`, and carries the ELF note that
 * PATCHBAY_NOTE writes; the host reads that note, the exports and the digest before any code of the plugin runs.
 *
 * Compatibility
 *  1. From 1.0 on a released struct, function, enumerator or documented meaning (threads, lifetimes, null-ness and
 *     errors included) never changes and never goes away. New things come as new extensions, or as new members at
 *     the end of a struct. Until then the minor version is the compatibility number: a host accepts the minors from
 *     PATCHBAY_ABI_OLDEST_MINOR to PATCHBAY_ABI_MINOR. `sdk/abi.lock` records every size and offset.
 *  2. The first member of every struct is its `size` at the writer. The reader takes the smaller of that and its own
 *     size, and treats what is missing as zero. `pb_bytes`, `pb_list` and `pb_writer` are frozen and have none.
 *  3. A list says the `stride` of its elements at the writer, so that elements may grow.
 *  4. A struct holds only fixed-width integers, pb_bytes and pb_list: it can be sent to another process as it is.
 *  5. Extensions are asked for by a string id `name/VERSION`, in both directions, and may be absent (null).
 *  6. An enumerator unknown to its reader is read as the enum's zero; a flag that is unknown is ignored.
 *
 * Ownership
 *  All pointers are borrowed for the length of the call. What is to be kept is copied. Nothing is freed by the other
 *  side. Only two function tables are kept: the plugin's by the host, the host's by the plugin; both live as long as
 *  the process. No exception crosses this boundary.
 *
 * Threads and states (the tag in front of each function)
 *  [load]       once, before any instance exists, or while opening one
 *  [instance]   never concurrently for one instance; not always from the same operating-system thread
 *  [any-thread] from any thread, at any time between open and close
 *  States: opened -> running -> stopping -> closed. A function is called in the states its tag names, else in all.
 *
 * Text is UTF-8 without a terminator. Times are microseconds since 1970-01-01T00:00:00Z, zero = not known.
 */
#ifndef PATCHBAY_ABI_H
#define PATCHBAY_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PATCHBAY_ABI_MAGIC 0x7961626863746150ull /* "Patchbay" in memory order */
#define PATCHBAY_ABI_MAJOR 0u
#define PATCHBAY_ABI_MINOR 2u
#define PATCHBAY_ABI_OLDEST_MINOR 1u
#define PATCHBAY_ENTRY "patchbay_plugin_v1"

/* ---- Frozen shapes ------------------------------------------------------------------------------------------- */

typedef struct pb_bytes {
  const uint8_t* data; /* may be null when length is 0 */
  uint64_t length;
} pb_bytes;

typedef struct pb_list {
  const void* first; /* may be null when count is 0 */
  uint32_t count;
  uint32_t stride; /* distance between elements in bytes */
} pb_list;

/* Where a callee puts bytes that it returns. Valid for the call; may be called several times: the parts are joined. */
typedef struct pb_writer {
  void* self;
  void (*write)(void* self, pb_bytes part);
} pb_writer;

typedef uint64_t pb_instance; /* the host's handle of an instance */
typedef uint64_t pb_request;  /* the host's handle of an HTTP request that waits for its answer */
typedef uint64_t pb_token;    /* chosen by the caller of an operation, handed back once with its end */
typedef uint64_t pb_secret; /* handle of a secret: {"$secret": N} in the settings that the plugin gets. `oauth2` is one,
                             * too: in a secret header it stands for the access token that is valid then */

/* ---- Errors -------------------------------------------------------------------------------------------------- */

typedef int32_t pb_code;
enum {
  PB_OK = 0,
  PB_INVALID_SETTINGS = 1, /* `pointer` names the place; not tried again until the settings change */
  PB_AUTH_FAILED = 2,      /* credentials refused; shown to the operator */
  PB_RATE_LIMITED = 3,     /* not before `until_us` */
  PB_NOT_CONNECTED = 4,    /* the service cannot be reached now */
  PB_TRANSIENT = 5,        /* worth another attempt */
  PB_PERMANENT = 6,        /* the same input would fail again */
  PB_BUG = 7,              /* a broken promise of plugin or host; never expected */
  PB_BUSY = 8,             /* no credit left: go on after the next completion */
  PB_NOT_FOUND = 9,        /* no such key, handle or token */
  PB_STOPPING = 10,        /* the instance is asked to stop */
  PB_TIMEOUT = 11          /* nothing happened within the time given */
};

typedef struct pb_error {
  uint32_t size;
  pb_code code;
  int64_t until_us; /* with PB_RATE_LIMITED */
  pb_bytes pointer; /* RFC 6901 JSON pointer into the settings, with PB_INVALID_SETTINGS */
  pb_bytes reason;  /* a gerund chain: "reading the token: expected text, got 42" */
  pb_bytes remedy;  /* what a person can do about it */
} pb_error;

/* ---- What a connector submits -------------------------------------------------------------------------------- */

enum { PB_KIND_MESSAGE = 0, PB_KIND_LETTER = 1, PB_KIND_REVIEW = 2, PB_KIND_COMMENT = 3, PB_KIND_CALL = 4 };
enum { PB_INBOUND = 0, PB_OUTBOUND = 1 };
enum { PB_PRIVATE = 0, PB_GROUP = 1, PB_PUBLIC = 2 };
enum { PB_PRECISION_MICROSECOND = 0, PB_PRECISION_SECOND = 1, PB_PRECISION_MINUTE = 2, PB_PRECISION_DAY = 3 };
enum {
  PB_ROLE_AUTHOR = 0,
  PB_ROLE_RECIPIENT = 1,
  PB_ROLE_COPY = 2,
  PB_ROLE_ON_BEHALF_OF = 3,
  PB_ROLE_MENTIONED = 4,
  PB_ROLE_AGENT = 5
};
enum {
  PB_INTERACTION_HISTORICAL = 1,        /* backfilled, not new */
  PB_INTERACTION_POSSIBLE_DUPLICATE = 2 /* the source has no ids and may have repeated itself */
};
enum {
  PB_IDENTIFIER_CLAIMED = 1 /* somebody says so; without this flag the provider vouches for it */
};

/* One identifier of a persona, as given by the channel: the host normalises. Kinds: email, phone, whatsapp_user,
 * instagram_user, review_author, postal_address, customer_number, name, username, ... */
typedef struct pb_identifier {
  uint32_t size;
  uint32_t flags;
  pb_bytes kind;
  pb_bytes value;
  pb_bytes scope; /* within which `value` is unique: portfolio, account; empty for the whole world */
} pb_identifier;

enum {
  PB_PARTICIPANT_BUSINESS = 1 /* the business itself (the channel's own number, mailbox or page), never a contact */
};

typedef struct pb_participant {
  uint32_t size;
  int32_t role;
  uint32_t flags;
  uint32_t reserved;
  pb_list identifiers; /* of pb_identifier: one persona */
} pb_participant;

/* Content is either in `data`, or in the host already (`handle` from patchbay.attachments/1), or still at the
 * provider (`reference`, which the channel can fetch). */
typedef struct pb_attachment {
  uint32_t size;
  uint32_t flags;
  uint64_t handle;
  pb_bytes name;
  pb_bytes media_type;
  pb_bytes data;
  pb_bytes reference;
  pb_bytes sha256; /* 32 bytes where the provider tells them, else empty */
} pb_attachment;

typedef struct pb_interaction {
  uint32_t size;
  int32_t kind;
  int32_t direction;
  int32_t visibility;
  uint32_t flags;
  int32_t precision; /* of occurred_us */
  int64_t occurred_us;
  pb_bytes account;      /* which number, mailbox or page of the channel; its key in the settings */
  pb_bytes region;       /* ISO 3166-1 alpha-2, for reading numbers in national form; empty = the business's */
  pb_bytes external_id;  /* unique within (channel, account); empty where the source has none */
  pb_bytes conversation; /* the channel's own thread id, or empty */
  pb_bytes in_reply_to;  /* external id of the interaction that this answers, or empty */
  pb_bytes language;     /* BCP 47 or empty */
  pb_bytes subject;
  pb_bytes text;
  pb_bytes content;       /* JSON object: what this type has beside its text; empty = {} */
  pb_list participants;   /* of pb_participant */
  pb_list attachments;    /* of pb_attachment */
  pb_bytes original;      /* the bytes as received, kept beside the interaction; may be empty */
  pb_bytes original_type; /* their media type */
} pb_interaction;

enum { PB_FACT_EDIT = 0, PB_FACT_DELETION = 1, PB_FACT_REACTION = 2, PB_FACT_RECEIPT = 3 };
enum { PB_RECEIPT_NONE = 0, PB_RECEIPT_SENT = 1, PB_RECEIPT_DELIVERED = 2, PB_RECEIPT_READ = 3, PB_RECEIPT_FAILED = 4 };

/* Something that happened to an interaction. One that comes before its interaction is parked by the host. */
typedef struct pb_fact {
  uint32_t size;
  int32_t kind;
  int32_t receipt; /* PB_RECEIPT_*, with PB_FACT_RECEIPT */
  int32_t precision;
  int64_t occurred_us;
  pb_bytes account;
  pb_bytes region;
  pb_bytes target;      /* external id of the interaction it happened to */
  pb_bytes external_id; /* unique within (channel, account); empty: told apart by a digest of its content */
  pb_bytes text;        /* the new text of an edit; the emoji of a reaction, empty when it was taken back */
  pb_bytes content;     /* JSON object with the rest: error of a failed receipt, price, ... */
  pb_list participants; /* of pb_participant: who did it; may be empty */
  pb_bytes original;
  pb_bytes original_type;
} pb_fact;

enum { PB_SEVERITY_INFORMATION = 0, PB_SEVERITY_WARNING = 1, PB_SEVERITY_ALERT = 2 };

/* News about the channel itself (template rejected, quality dropped, account restricted). */
typedef struct pb_notice {
  uint32_t size;
  int32_t severity;
  int64_t occurred_us;
  pb_bytes account;
  pb_bytes external_id; /* empty: told apart by a digest of its content */
  pb_bytes kind;        /* snake_case, of the connector's own vocabulary: "template_status" */
  pb_bytes text;        /* a sentence for a person */
  pb_bytes content;     /* JSON object */
} pb_notice;

enum { PB_CONSENT_UNKNOWN = 0, PB_CONSENT_GRANTED = 1, PB_CONSENT_WITHDRAWN = 2 };

/* A person allows or forbids a kind of message on this channel. */
typedef struct pb_consent {
  uint32_t size;
  int32_t state;
  int64_t occurred_us;
  pb_bytes account;
  pb_bytes region;
  pb_bytes category;    /* "marketing", "all" */
  pb_list participants; /* of pb_participant, one */
  pb_bytes content;     /* JSON object */
} pb_consent;

/* An original that could not become anything better. Kept with its reason until it is replayed. */
typedef struct pb_quarantine {
  uint32_t size;
  uint32_t flags;
  pb_bytes original;
  pb_bytes media_type;
  pb_bytes reason;
  pb_bytes remedy;
} pb_quarantine;

/* Durable state of an instance, a few entries of up to 64 KiB. The entry "cursor" is where a source is read from. */
typedef struct pb_state {
  uint32_t size;
  uint32_t flags;
  pb_bytes key;
  pb_bytes value; /* empty removes the entry */
} pb_state;

/* Everything in a batch becomes durable together, or nothing of it. Interactions are taken before facts. */
typedef struct pb_batch {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  pb_list interactions; /* of pb_interaction */
  pb_list facts;        /* of pb_fact */
  pb_list notices;      /* of pb_notice */
  pb_list consents;     /* of pb_consent */
  pb_list quarantines;  /* of pb_quarantine */
  pb_list states;       /* of pb_state */
  pb_list answers;      /* of pb_http_response, at most one: sent once the batch is durable, and 503 if it cannot be */
} pb_batch;

/* The end of a submit. `errors` is empty when the batch is durable, else it holds one pb_error (PB_TRANSIENT: submit
 * it again later; PB_PERMANENT: this batch can never be taken). */
typedef struct pb_completion {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  pb_list errors;      /* of pb_error */
  uint32_t accepted;   /* interactions that are new */
  uint32_t duplicates; /* interactions and facts that were known already */
  uint32_t edits;      /* interactions known under that external id whose content changed */
  uint32_t parked;     /* facts that wait for their interaction */
} pb_completion;

/* ---- HTTP ---------------------------------------------------------------------------------------------------- */

typedef struct pb_header {
  uint32_t size;
  uint32_t flags;
  pb_bytes name; /* lower case when it comes from the host */
  pb_bytes value;
} pb_header;

/* A request to /hooks/CHANNEL. Where the manifest declares a signature, it has been verified before this is called. */
typedef struct pb_http_request {
  uint32_t size;
  uint32_t flags;
  pb_request id;
  int64_t received_us;
  pb_bytes method; /* "POST" */
  pb_bytes path;   /* what follows /hooks/CHANNEL, with its slash, or empty */
  pb_bytes query;  /* without the question mark, still encoded */
  pb_bytes peer;   /* address of the client */
  pb_list headers; /* of pb_header */
  pb_bytes body;
} pb_http_request;

typedef struct pb_http_response {
  uint32_t size;
  uint32_t status;
  pb_request id;
  pb_list headers; /* of pb_header */
  pb_bytes body;
} pb_http_response;

/* A header whose value holds a secret: the host puts `prefix` and the secret together and sends it. */
typedef struct pb_secret_header {
  uint32_t size;
  uint32_t flags;
  pb_secret secret;
  pb_bytes name;
  pb_bytes prefix; /* "Bearer " */
} pb_secret_header;

enum {
  PB_HTTP_TO_ATTACHMENT = 1, /* keep the body in the host: the result has a handle instead of the bytes */
  PB_HTTP_ONCE = 2           /* must not arrive twice: on a connection of its own, never repeated by the host */
};

/* A request that the host makes for the plugin. The host must be one that the channel's settings or the manifest name.
 */
typedef struct pb_http_call {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  uint32_t timeout_ms; /* for the whole exchange, body included; 0 = 30 s */
  uint32_t reserved;
  uint64_t max_body; /* of the answer; 0 = 1 MiB */
  pb_bytes method;
  pb_bytes url;
  pb_list headers;        /* of pb_header */
  pb_list secret_headers; /* of pb_secret_header */
  pb_bytes body;
} pb_http_call;

/* An error is PB_NOT_CONNECTED where the request surely did not arrive, and PB_TIMEOUT where it may have: no whole
 * answer came. A request with an OAuth2 secret ends with PB_AUTH_FAILED, unsent, while a person has to consent first.
 */
typedef struct pb_http_result {
  uint32_t size;
  uint32_t status; /* 0 when there was no answer: see errors */
  pb_token token;
  uint64_t attachment; /* with PB_HTTP_TO_ATTACHMENT */
  pb_list errors;      /* of pb_error */
  pb_list headers;     /* of pb_header */
  pb_bytes body;
} pb_http_result;

/* ---- OAuth2 -------------------------------------------------------------------------------------------------- */

/* Asks for the access token behind `oauth2` in the settings, for a protocol that is not HTTP. A request of the HTTP
 * client needs none of this: a secret header with that handle gets the access token from the host. */
typedef struct pb_access_call {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  pb_secret secret;
  pb_bytes refused; /* the access token that the service has just refused: another one is wanted. Else empty */
} pb_access_call;

/* The end of it. An error is PB_AUTH_FAILED where a person has to consent first (the host has told the operator), and
 * PB_NOT_CONNECTED or PB_TRANSIENT where another attempt may go well. */
typedef struct pb_access_result {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  int64_t expires_us;    /* 0 = the authorisation server did not say */
  pb_list errors;        /* of pb_error */
  pb_bytes access_token; /* durable: what the host needs for the next one is in its store */
} pb_access_result;

/* ---- Streams ------------------------------------------------------------------------------------------------- */

/* A TCP connection that the host makes for the plugin. The server must be one that the channel's settings name, at a
 * place to which the manifest's capability `streams:POINTER` points. */
typedef struct pb_stream_call {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  uint32_t timeout_ms; /* for looking up the name, the proxy and connecting together; 0 = 30 s */
  uint32_t port;
  pb_bytes host; /* a name or an address, IPv6 without brackets */
} pb_stream_call;

/* The end of it. An error is PB_NOT_CONNECTED or PB_TIMEOUT where another attempt may go well, PB_BUSY where too many
 * are under way, and PB_PERMANENT where the settings do not let the server be reached. */
typedef struct pb_stream_result {
  uint32_t size;
  int32_t descriptor; /* not blocking, closed on exec; the plugin's from here on, which closes it. -1 with an error */
  pb_token token;
  pb_list errors; /* of pb_error */
  pb_bytes peer;  /* what the descriptor is connected to, "192.0.2.1:993", "[2001:db8::1]:993"; it may be a proxy */
} pb_stream_result;

enum {
  PB_STREAM_READABLE = 1, /* there are bytes, or the end of them */
  PB_STREAM_WRITABLE = 2,
  PB_STREAM_TIMEOUT = 4 /* told only: nothing else happened in time */
};

/* What is to be told of a descriptor, once. Told at once where it holds already, so that no change is missed between
 * two of them. A descriptor that broke is both readable and writable: reading it says why. */
typedef struct pb_stream_watch {
  uint32_t size;
  uint32_t interest;   /* PB_STREAM_READABLE, PB_STREAM_WRITABLE, or both */
  pb_token token;      /* which is free again when it has been told; until then another watch takes the place of this */
  int32_t descriptor;  /* under one token at a time; -1 = none, for a timer */
  uint32_t timeout_ms; /* 0 = none */
} pb_stream_watch;

/* ---- Sending ------------------------------------------------------------------------------------------------- */

/* One message to one recipient. Only one is under way to a recipient at a time. */
typedef struct pb_outbound {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  pb_bytes id;           /* stable: the same over all attempts, to be used as the provider's idempotency key */
  pb_bytes account;      /* to send from; empty where nothing was answered and the caller named none */
  pb_bytes in_reply_to;  /* external id of the interaction that is answered, or empty */
  pb_bytes conversation; /* the channel's own thread id, or empty */
  pb_list recipients;    /* of pb_participant, one: the persona that is answered, or the identifier that was named */
  pb_bytes subject;
  pb_bytes text;
  pb_bytes content;    /* JSON object */
  pb_list attachments; /* of pb_attachment */
} pb_outbound;

/* How a sending ended. An error's code says what the host does next:
 *   PB_TRANSIENT, PB_BUSY                  not taken; another attempt, later each time
 *   PB_RATE_LIMITED                        not taken; the channel rests until `until_us`
 *   PB_NOT_CONNECTED, PB_STOPPING          it never got there; the channel rests a while, and no attempt is counted
 *   PB_AUTH_FAILED, PB_INVALID_SETTINGS    not taken; the channel rests and the operator is told
 *   PB_PERMANENT, PB_NOT_FOUND             not taken, and never will be
 *   PB_TIMEOUT, PB_BUG                     nobody knows: again if the manifest says `idempotent`, else `uncertain` */
typedef struct pb_sent {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  pb_bytes external_id; /* the provider's id of what was sent */
  int64_t occurred_us;
  pb_list errors; /* of pb_error; empty = taken by the provider */
} pb_sent;

/* ---- Sinks --------------------------------------------------------------------------------------------------- */

/* One attempt at one event. `payload` is the frozen CloudEvents 1.0 JSON object. */
typedef struct pb_event {
  uint32_t size;
  uint32_t attempt; /* 1 for the first */
  pb_token token;
  int64_t attempted_us;
  pb_bytes id;
  pb_bytes type;
  pb_bytes contact;
  pb_bytes payload;
} pb_event;

/* What the host is to send for the event with that token. `errors`, if any, end the event without a request. */
typedef struct pb_rendered {
  uint32_t size;
  uint32_t flags;
  pb_token token;
  pb_list calls; /* of pb_http_call, one */
  pb_list errors;
} pb_rendered;

enum { PB_VERDICT_TRANSIENT = 0, PB_VERDICT_DELIVERED = 1, PB_VERDICT_PERMANENT = 2, PB_VERDICT_GONE = 3 };

typedef struct pb_judged {
  uint32_t size;
  int32_t verdict;
  pb_token token;
  int64_t not_before_us; /* the receiver's own wish, 0 = none */
  pb_bytes reason;
} pb_judged;

/* ---- Host ---------------------------------------------------------------------------------------------------- */

enum { PB_LOG_DEBUG = 0, PB_LOG_INFO = 1, PB_LOG_WARNING = 2, PB_LOG_ERROR = 3 };

/* The host's core: frozen. `self` is handed to each function of it and of its extensions. */
typedef struct pb_host {
  uint32_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  void* self;
  /* [any-thread] The function table of a host extension, or null. Lives as long as the process. */
  const void* (*extension)(void* self, pb_bytes id);
  /* [any-thread] One line, at most 4 KiB of it kept. Secrets do not belong in it. */
  void (*log)(void* self, pb_instance instance, int32_t level, pb_bytes text);
  /* [any-thread] Says why something failed: before open, check or start return a code, or while running. Several are
   * allowed, so that all mistakes in the settings come at once. */
  void (*report)(void* self, pb_instance instance, const pb_error* error);
} pb_host;

/* patchbay.intake/1 */
typedef struct pb_host_intake {
  uint32_t size;
  uint32_t reserved;
  /* [any-thread, running] PB_OK: the completion comes through pb_plugin.complete, once, also on failure.
   * PB_BUSY: no credit, nothing was taken. PB_BUG: malformed; reported with the place. */
  pb_code (*submit)(void* self, pb_instance instance, const pb_batch* batch);
} pb_host_intake;

/* patchbay.state/1: reads what the last durable batch wrote. */
typedef struct pb_host_state {
  uint32_t size;
  uint32_t reserved;
  /* [any-thread] PB_NOT_FOUND when there is no such entry. */
  pb_code (*get)(void* self, pb_instance instance, pb_bytes key, const pb_writer* out);
} pb_host_state;

/* patchbay.clock/1. Connectors read time and randomness here only, so that a run can be repeated. */
typedef struct pb_host_clock {
  uint32_t size;
  uint32_t reserved;
  int64_t (*now_us)(void* self, pb_instance instance);       /* [any-thread] wall clock */
  int64_t (*monotonic_us)(void* self, pb_instance instance); /* [any-thread] never goes back */
  /* [any-thread] Fills with cryptographic randomness. */
  void (*random)(void* self, pb_instance instance, uint8_t* to, uint64_t length);
} pb_host_clock;

/* patchbay.metrics/1. Names are snake_case; the host adds the channel as a label. */
typedef struct pb_host_metrics {
  uint32_t size;
  uint32_t reserved;
  void (*add)(void* self, pb_instance instance, pb_bytes name, double value); /* [any-thread] a counter */
  void (*set)(void* self, pb_instance instance, pb_bytes name, double value); /* [any-thread] a gauge */
} pb_host_metrics;

/* patchbay.secrets/1. Schemes:
 *   hmac-sha256, hmac-sha1   the raw digest, keyed with the secret's bytes
 *   standard-webhooks        over "id.timestamp.body": "v1,BASE64" with a whsec_ key, "v1a,BASE64" with a whsk_ key
 *   equal                    verify only: whether `signature` is the secret, in constant time */
typedef struct pb_host_secrets {
  uint32_t size;
  uint32_t reserved;
  /* [any-thread] PB_INVALID_SETTINGS when the secret is no key of that scheme. */
  pb_code (*sign)(void* self, pb_instance instance, pb_secret secret, pb_bytes scheme, pb_bytes message,
                  const pb_writer* out);
  /* [any-thread] PB_OK or PB_AUTH_FAILED; constant time in the secret. */
  pb_code (*verify)(void* self, pb_instance instance, pb_secret secret, pb_bytes scheme, pb_bytes message,
                    pb_bytes signature);
  /* [any-thread] Only with the capability `secrets.reveal`, else PB_PERMANENT. */
  pb_code (*reveal)(void* self, pb_instance instance, pb_secret secret, const pb_writer* out);
} pb_host_secrets;

/* patchbay.attachments/1: content too large for a batch, or to be streamed. A handle that is not used in a submitted
 * batch is dropped with the instance. */
typedef struct pb_host_attachments {
  uint32_t size;
  uint32_t reserved;
  pb_code (*create)(void* self, pb_instance instance, uint64_t* handle);               /* [any-thread] */
  pb_code (*append)(void* self, pb_instance instance, uint64_t handle, pb_bytes part); /* [any-thread] */
  pb_code (*discard)(void* self, pb_instance instance, uint64_t handle);               /* [any-thread] */
} pb_host_attachments;

/* patchbay.http-client/1 */
typedef struct pb_host_http_client {
  uint32_t size;
  uint32_t reserved;
  /* [any-thread, running] PB_OK: pb_http_client.answered is called once with this token. */
  pb_code (*call)(void* self, pb_instance instance, const pb_http_call* call);
} pb_host_http_client;

/* patchbay.oauth2/1 */
typedef struct pb_host_oauth2 {
  uint32_t size;
  uint32_t reserved;
  /* [any-thread, running] PB_OK: pb_oauth2.accessed is called once with this token. Only with the capability
   * `secrets.reveal`, else PB_PERMANENT. PB_NOT_FOUND: the handle is none of OAuth2. */
  pb_code (*access)(void* self, pb_instance instance, const pb_access_call* call);
} pb_host_oauth2;

/* patchbay.stream/1 */
typedef struct pb_host_stream {
  uint32_t size;
  uint32_t reserved;
  /* [any-thread, running] PB_OK: pb_stream.connected is called once with this token. */
  pb_code (*connect)(void* self, pb_instance instance, const pb_stream_call* call);
  /* [instance, running] PB_OK: pb_stream.ready is called once with this token. PB_BUG: no open descriptor, or nothing
   * to wait for. */
  pb_code (*watch)(void* self, pb_instance instance, const pb_stream_watch* watch);
  /* [instance] From here on ready is not called with this token; to be called before the descriptor is closed.
   * PB_NOT_FOUND: there was no such watch, or it has been told. */
  pb_code (*unwatch)(void* self, pb_instance instance, pb_token token);
  /* [any-thread] Whom TLS on a stream is to trust, as certificates in PEM: those of `ca_file` in the settings, else the
   * system's. PB_NOT_FOUND, with a report: there are none. */
  pb_code (*authorities)(void* self, pb_instance instance, const pb_writer* out);
} pb_host_stream;

/* patchbay.http-endpoint/1 */
typedef struct pb_host_http_endpoint {
  uint32_t size;
  uint32_t reserved;
  /* [any-thread, running] Once for each request, unless a batch carried the answer. A request not answered within its
   * deadline is answered 503 by the host. */
  void (*respond)(void* self, pb_instance instance, const pb_http_response* response);
} pb_host_http_endpoint;

/* patchbay.run/1 */
typedef struct pb_host_run {
  uint32_t size;
  uint32_t reserved;
  /* [instance, inside pb_run.run] Makes at most one waiting call (complete, receive, answered, send, ...) on this
   * thread. PB_OK: one was made. PB_TIMEOUT: none came in time. PB_STOPPING: return from run soon. */
  pb_code (*next)(void* self, pb_instance instance, uint32_t timeout_ms);
} pb_host_run;

/* patchbay.send/1 */
typedef struct pb_host_send {
  uint32_t size;
  uint32_t reserved;
  void (*sent)(void* self, pb_instance instance, const pb_sent* sent); /* [any-thread, running] once per token */
} pb_host_send;

/* patchbay.sink/1 */
typedef struct pb_host_sink {
  uint32_t size;
  uint32_t reserved;
  void (*rendered)(void* self, pb_instance instance, const pb_rendered* rendered); /* [any-thread, running] */
  void (*judged)(void* self, pb_instance instance, const pb_judged* judged);       /* [any-thread, running] */
} pb_host_sink;

/* ---- Plugin -------------------------------------------------------------------------------------------------- */

typedef struct pb_open {
  uint32_t size;
  uint32_t credit;   /* how many batches may be on their way at once */
  pb_bytes name;     /* of the channel or destination */
  pb_bytes settings; /* its part of the settings, a JSON object; each secret is {"$secret": N} */
  pb_bytes region;   /* ISO 3166-1 alpha-2 of the business, or empty */
} pb_open;

/* The plugin's core: frozen. */
typedef struct pb_plugin {
  uint32_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  pb_bytes name;    /* as in the manifest */
  pb_bytes version; /* as in the manifest */
  /* [load] The function table of a plugin extension, or null for an id that it does not know. */
  const void* (*extension)(pb_bytes id);
  /* [load, -> opened, <= 1 s] Makes an instance; no network. On failure *state stays untouched. */
  pb_code (*open)(const pb_host* host, pb_instance instance, const pb_open* open, void** state);
  /* [instance, opened, <= 5 s] From here on submits are taken. */
  pb_code (*start)(void* state);
  /* [instance, running or stopping, <= 50 ms] The end of a submit. */
  void (*complete)(void* state, const pb_completion* completion);
  /* [instance, running, <= 5 s] No more requests come; completions still do. */
  void (*stop)(void* state);
  /* [instance, opened or stopped, <= 5 s] The last call; `state` is gone afterwards. */
  void (*close)(void* state);
} pb_plugin;

/* patchbay.check/1: tries the settings against the real service, without changing anything there. */
typedef struct pb_check {
  uint32_t size;
  uint32_t reserved;
  pb_code (*check)(void* state); /* [instance, opened, <= 30 s] mistakes go to pb_host.report */
} pb_check;

/* patchbay.http-endpoint/1 */
typedef struct pb_http_endpoint {
  uint32_t size;
  uint32_t reserved;
  void (*receive)(void* state, const pb_http_request* request); /* [instance, running, <= 50 ms] */
} pb_http_endpoint;

/* patchbay.poll/1 */
typedef struct pb_poll {
  uint32_t size;
  uint32_t reserved;
  int64_t (*poll)(void* state); /* [instance, running, <= 1 s] returns the milliseconds until the next call, > 0 */
} pb_poll;

/* patchbay.run/1: an own thread for connectors that wait for something. */
typedef struct pb_run {
  uint32_t size;
  uint32_t reserved;
  pb_code (*run)(void* state); /* [instance, running] returns after pb_host_run.next said PB_STOPPING, or on failure */
} pb_run;

/* patchbay.http-client/1 */
typedef struct pb_http_client {
  uint32_t size;
  uint32_t reserved;
  void (*answered)(void* state, const pb_http_result* result); /* [instance, running, <= 50 ms] */
} pb_http_client;

/* patchbay.oauth2/1 */
typedef struct pb_oauth2 {
  uint32_t size;
  uint32_t reserved;
  void (*accessed)(void* state, const pb_access_result* result); /* [instance, running, <= 50 ms] */
} pb_oauth2;

/* patchbay.stream/1 */
typedef struct pb_stream {
  uint32_t size;
  uint32_t reserved;
  void (*connected)(void* state, const pb_stream_result* result); /* [instance, running, <= 50 ms] */
  void (*ready)(void* state, pb_token token, uint32_t events);    /* [instance, running, <= 50 ms] */
} pb_stream;

/* patchbay.send/1 */
typedef struct pb_send {
  uint32_t size;
  uint32_t reserved;
  void (*send)(void* state,
               const pb_outbound* outbound); /* [instance, running, <= 50 ms] ends with pb_host_send.sent */
} pb_send;

/* patchbay.replay/1: takes a quarantined original again; the host submits nothing for it. */
typedef struct pb_replay {
  uint32_t size;
  uint32_t reserved;
  void (*replay)(void* state, pb_token token, const pb_quarantine* original); /* [instance, running, <= 50 ms] */
} pb_replay;

/* patchbay.sink/1. Both are pure: same input, same output; time and attempt are in the event. */
typedef struct pb_sink {
  uint32_t size;
  uint32_t reserved;
  void (*render)(void* state, const pb_event* event); /* [instance, running, <= 50 ms] ends with rendered */
  void (*judge)(void* state, const pb_event* event, const pb_http_result* result); /* likewise; ends with judged */
} pb_sink;

/* patchbay.deliver/1: a sink that brings events to where they belong by itself (into a folder, a queue, a program), and
 * has no request that the host could make for it. It is offered instead of patchbay.sink/1, usually beside
 * patchbay.run/1. The event is borrowed for the call: what the sink needs of it, it copies. Each token ends once with
 * pb_host_sink.judged, during the call or later, from any thread; one that has no end within 30 s is tried again, and
 * its end is ignored. PB_VERDICT_DELIVERED promises that a power cut can no longer take the event away. */
typedef struct pb_deliver {
  uint32_t size;
  uint32_t reserved;
  void (*deliver)(void* state, const pb_event* event); /* [instance, running, <= 50 ms] ends with judged */
} pb_deliver;

#define PATCHBAY_EXT_INTAKE "patchbay.intake/1"
#define PATCHBAY_EXT_STATE "patchbay.state/1"
#define PATCHBAY_EXT_CLOCK "patchbay.clock/1"
#define PATCHBAY_EXT_METRICS "patchbay.metrics/1"
#define PATCHBAY_EXT_SECRETS "patchbay.secrets/1"
#define PATCHBAY_EXT_ATTACHMENTS "patchbay.attachments/1"
#define PATCHBAY_EXT_HTTP_CLIENT "patchbay.http-client/1"
#define PATCHBAY_EXT_HTTP_ENDPOINT "patchbay.http-endpoint/1"
#define PATCHBAY_EXT_STREAM "patchbay.stream/1"
#define PATCHBAY_EXT_OAUTH2 "patchbay.oauth2/1"
#define PATCHBAY_EXT_CHECK "patchbay.check/1"
#define PATCHBAY_EXT_POLL "patchbay.poll/1"
#define PATCHBAY_EXT_RUN "patchbay.run/1"
#define PATCHBAY_EXT_SEND "patchbay.send/1"
#define PATCHBAY_EXT_REPLAY "patchbay.replay/1"
#define PATCHBAY_EXT_SINK "patchbay.sink/1"
#define PATCHBAY_EXT_DELIVER "patchbay.deliver/1"

/* The entry. [load] Returns null when it cannot work with such a host. */
#define PATCHBAY_EXPORT __attribute__((visibility("default")))
PATCHBAY_EXPORT const pb_plugin* patchbay_plugin_v1(uint32_t host_abi_major, uint32_t host_abi_minor);
typedef const pb_plugin* (*pb_entry)(uint32_t host_abi_major, uint32_t host_abi_minor);

/* ---- The ELF note -------------------------------------------------------------------------------------------- */

#define PATCHBAY_NOTE_NAME "Patchbay"
#define PATCHBAY_NOTE_TYPE 1u
#define PATCHBAY_NOTE_EXTENSIONS 256

/* Section .note.patchbay: what a host must know before it loads the library. Frozen. `extensions` lists the host
 * extensions without which the plugin cannot work, separated by spaces, filled up with zeros. */
typedef struct pb_note {
  uint32_t name_length, descriptor_length, type; /* ELF note header */
  char name[12];                                 /* PATCHBAY_NOTE_NAME, padded to four */
  uint32_t abi_major, abi_minor, least_host_minor, reserved;
  uint64_t magic;
  char extensions[PATCHBAY_NOTE_EXTENSIONS];
} pb_note;

/* AddressSanitizer of clang would put space behind the note, which then is none. */
#ifdef __clang__
#define PATCHBAY_NOTE_PLACE() no_sanitize("address"), section(".note.patchbay"), used, aligned(4)
#else
#define PATCHBAY_NOTE_PLACE() section(".note.patchbay"), used, aligned(4)
#endif

/* Once in each plugin, at file scope: PATCHBAY_NOTE(PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_HTTP_ENDPOINT) */
#define PATCHBAY_NOTE(required_extensions)                                                    \
  __attribute__((PATCHBAY_NOTE_PLACE())) static const pb_note patchbay_note = {               \
      sizeof(PATCHBAY_NOTE_NAME), (uint32_t)(sizeof(pb_note) - offsetof(pb_note, abi_major)), \
      PATCHBAY_NOTE_TYPE,         PATCHBAY_NOTE_NAME,                                         \
      PATCHBAY_ABI_MAJOR,         PATCHBAY_ABI_MINOR,                                         \
      PATCHBAY_ABI_OLDEST_MINOR,  0,                                                          \
      PATCHBAY_ABI_MAGIC,         required_extensions}

#ifdef __cplusplus
}
#endif
#endif
