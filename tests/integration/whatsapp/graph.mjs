// Meta's Graph API as far as sending WhatsApp text goes, for tests: POST /VERSION/PHONE-NUMBER-ID/messages.
//
// Written from Meta's references of messages, contextual replies, business-scoped user ids, error codes and status
// webhooks, and held to them by a client that others wrote (tests/npm/graph_test.mjs). It is strict: what the reference
// does not name is refused with error 100. What it took is in `sent`, every request in `requests`; receipts are posted
// to the webhook, signed with the app secret and repeated until they are answered 200, as Meta does.
//
//   const graph = await Graph.start({ token, numbers: { '310000000000001': '390212345678' },
//     webhook: { url, secret }, receipts: ['sent', 'delivered', 'read'] });
//   graph.next({ error: 130429 }, { then: 'hang' });       // what happens to the next requests
//   await graph.report(graph.sent[0].id, 'failed', 131026);
//   await graph.stop();
//
// Faults, each for one request: { error: CODE, headers }, { status, body, headers } in the place of an answer, and what
// happens once a message is taken: { then: 'hang' } no answer, { then: 'reset' } the connection breaks, { then:
// 'garble' } an answer that is no JSON; { before: 'reset' } breaks the connection with nothing taken. `perSecond` and
// `pairEvery` (ms) are the rate limits of a number, and of a number and one person; `window` (ms) how long after
// hear(PERSON) a text may be sent. The clock can be given, as `now`; `taken` and `reported` are called for each message
// and each receipt.
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

// Code: [HTTP status, title, details], of Meta's reference of error codes.
export const errors = {
  0: [401, 'AuthException', 'We were unable to authenticate the app user.'],
  1: [400, 'API Unknown', 'Invalid request or possible server error.'],
  2: [503, 'API Service', 'Temporary due to downtime or due to being overloaded.'],
  4: [400, 'API Too Many Calls', 'The app has reached its API call rate limit.'],
  10: [403, 'Permission Denied', 'Permission is either not granted or has been removed.'],
  190: [401, 'Access token has expired', 'Your access token has expired.'],
  200: [403, 'API Permission', 'Permission is either not granted or has been removed.'],
  368: [403, 'Temporarily blocked for policies violations', 'The account has been restricted or disabled.'],
  80007: [400, 'Rate limit issues', 'The WhatsApp Business Account has reached its rate limit.'],
  130429: [400, 'Rate limit hit', 'Cloud API message throughput has been reached.'],
  131000: [500, 'Something went wrong', 'Message failed to send due to an unknown error.'],
  131016: [500, 'Service unavailable', 'A service is temporarily unavailable.'],
  131021: [400, 'Recipient cannot be sender', 'Sender and recipient phone number is the same.'],
  131026: [400, 'Message Undeliverable', 'Unable to deliver message.'],
  131031: [403, 'Account has been locked', 'The account has been restricted or disabled.'],
  131047: [400, 'Re-engagement message', 'More than 24 hours have passed since the recipient last replied.'],
  131048: [400, 'Spam rate limit hit', 'There are restrictions on how many messages can be sent from this number.'],
  131051: [400, 'Unsupported message type', 'Unsupported message type.'],
  131052: [400, 'Media download error', 'Unable to download the media sent by the user.'],
  131056: [400, '(Business Account, Consumer Account) pair rate limit hit',
    'Too many messages sent from the sender phone number to the same recipient phone number.'],
  131057: [500, 'Account in maintenance mode', 'The business account is in maintenance mode.'],
  133004: [503, 'Server Temporarily Unavailable', 'Server is temporarily unavailable.'],
  133010: [400, 'Phone number Not Registered', 'Phone number not registered on the Whatsapp Business Platform.'],
};

const trace = () => randomBytes(12).toString('base64url');

// The answer for an error of the Cloud API; those of the Graph API itself have no error_data.
function errorAnswer(code, headers = {}) {
  const [status, title, details] = errors[code];
  const error = { message: `(#${code}) ${title}`, type: 'OAuthException', code };
  if (code >= 130000) error.error_data = { messaging_product: 'whatsapp', details };
  return { status, headers, body: { error: { ...error, fbtrace_id: trace() } } };
}

function invalid(details, further = {}) {
  return { status: 400, headers: {}, body: { error: { message: `(#100) ${details}`, type: 'OAuthException', code: 100,
    ...further, fbtrace_id: trace() } } };
}

class Refused extends Error {
  constructor(answer) {
    super(JSON.stringify(answer.body));
    this.answer = answer;
  }
}

const typeOf = (value) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

// Throws unless the object has members of these types only: { name: 'string' }, with a question mark where it may be
// left out.
function expectMembers(object, place, types) {
  for (const name of Object.keys(object))
    if (!(name in types)) throw new Refused(invalid(`Invalid parameter: unexpected key "${name}" on param "${place}"`));
  for (const [name, type] of Object.entries(types)) {
    const found = typeOf(object[name]);
    if (found === 'undefined' && type.endsWith('?')) continue;
    if (found === 'undefined') throw new Refused(invalid(`The parameter ${place}[${name}] is required.`));
    if (found !== type.replace('?', ''))
      throw new Refused(invalid(`Param ${place}[${name}] must be a ${type.replace('?', '')}, got ${found}.`));
  }
}

const expect = (holds, details) => {
  if (!holds) throw new Refused(invalid(details));
};

// A request of the reference's "text message", or Refused.
function checkMessage(message) {
  expect(typeOf(message) === 'object', 'The body must be a JSON object.');
  expectMembers(message, 'message', { messaging_product: 'string', recipient_type: 'string?', to: 'string?',
    recipient: 'string?', context: 'object?', type: 'string?', text: 'object', biz_opaque_callback_data: 'string?' });
  expect(message.messaging_product === 'whatsapp', 'Param messaging_product must be one of {WHATSAPP}.');
  expect((message.recipient_type ?? 'individual') === 'individual',
    'Param recipient_type must be one of {INDIVIDUAL}.');
  expect((message.type ?? 'text') === 'text', 'Param type must be one of {TEXT}.');
  expect(message.to !== undefined || message.recipient !== undefined, 'The parameter to is required.');
  if (message.to !== undefined)
    expect(/^\+?[0-9][0-9 ()-]{4,24}$/.test(message.to), 'Param to is not a valid phone number.');
  if (message.recipient !== undefined)
    expect(/^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/.test(message.recipient), 'Param recipient is not a valid user id.');
  if (message.context !== undefined) {
    expectMembers(message.context, 'context', { message_id: 'string' });
    expect(/^wamid\../.test(message.context.message_id), 'Param context[message_id] is not a valid message id.');
  }
  expectMembers(message.text, 'text', { body: 'string', preview_url: 'boolean?' });
  const length = [...message.text.body].length;
  expect(length > 0 && length <= 4096, `Param text['body'] must be between 1 and 4096 characters long, got ${length}.`);
  expect((message.biz_opaque_callback_data ?? '').length <= 512,
    'Param biz_opaque_callback_data must be at most 512 characters long.');
}

export class Graph {
  constructor({ token, numbers, account = '102290129340398', webhook, receipts = [], perSecond = Infinity, pairEvery = 0,
    window = Infinity, tls, now = Date.now, taken = () => {}, reported = () => {} }) {
    Object.assign(this, { token, numbers, account, webhook, receipts, perSecond, pairEvery, window, now, taken, reported });
    this.requests = []; // {at, method, path, headers, text}
    this.sent = []; // {id, number, to, text, request, at}
    this.posted = []; // {status, body} of each webhook once it was answered 200
    this.faults = [];
    this.heard = new Map();
    this.open = new Set();
    this.background = new Set();
    this.stopping = false;
    const serve = (request, response) => this.receive(request, response);
    this.server = tls ? createTlsServer(tls, serve) : createServer(serve);
    this.scheme = tls ? 'https' : 'http';
    this.server.on('connection', (socket) => {
      this.open.add(socket);
      socket.on('close', () => this.open.delete(socket));
    });
  }

  static async start(options) {
    const graph = new Graph(options);
    await new Promise((resolve) => graph.server.listen(0, '127.0.0.1', resolve));
    graph.port = graph.server.address().port;
    return graph;
  }

  // For the channel's settings: `api`, and what its `allow_private` has to hold.
  get api() {
    return `${this.scheme}://127.0.0.1:${this.port}/v25.0`;
  }

  get range() {
    return `127.0.0.1/32:${this.port}`;
  }

  async stop() {
    this.stopping = true;
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await Promise.all(this.background);
  }

  next(...faults) {
    for (const fault of faults)
      if (fault.error !== undefined && !errors[fault.error]) throw new Error(`no error ${fault.error} is known here`);
    this.faults.push(...faults);
  }

  // Somebody wrote to the business: the customer service window opens.
  hear(person) {
    this.heard.set(person.replace(/^\+/, ''), this.now());
  }

  receive(request, response) {
    const parts = [];
    request.on('error', () => {});
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString();
      this.requests.push({ at: this.now(), method: request.method, path: request.url, headers: request.headers, text });
      const fault = this.faults.shift() ?? {};
      if (fault.before === 'reset') return request.socket.destroy();
      const answer = this.judge(request, text, fault);
      if (answer.taken && fault.then === 'hang') return;
      if (answer.taken && fault.then === 'reset') return request.socket.destroy();
      const garbled = answer.taken && fault.then === 'garble';
      const whole = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      const body = garbled ? whole.slice(0, whole.length / 2) : whole;
      response.writeHead(answer.status, { 'content-type': 'application/json; charset=UTF-8',
        'facebook-api-version': 'v25.0', ...answer.headers });
      response.end(body);
    });
  }

  judge(request, text, fault) {
    try {
      this.authenticate(request.headers);
      const number = this.numberOf(request);
      if (fault.status) return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' };
      if (fault.error !== undefined) return errorAnswer(fault.error, fault.headers);
      let message;
      try {
        message = JSON.parse(text);
      } catch {
        throw new Refused(invalid('The body is not valid JSON.'));
      }
      expect(/^application\/json\b/.test(request.headers['content-type'] ?? ''), 'The body must be application/json.');
      checkMessage(message);
      return this.take(number, message);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.answer;
    }
  }

  authenticate(headers) {
    if (headers.authorization !== `Bearer ${this.token}`)
      throw new Refused({ status: 401, headers: { 'www-authenticate': 'OAuth "Facebook Platform" "invalid_token"' },
        body: { error: { message: 'Invalid OAuth access token - Cannot parse access token', type: 'OAuthException',
          code: 190, fbtrace_id: trace() } } });
  }

  numberOf(request) {
    const [, number] = /^\/v[0-9]+\.[0-9]+\/([^/?]+)\/messages$/.exec(request.url) ?? [];
    if (request.method !== 'POST' || !(number in this.numbers))
      throw new Refused(invalid(`Unsupported ${request.method.toLowerCase()} request. Object with ID '${number ?? ''}' ` +
        'does not exist, cannot be loaded due to missing permissions, or does not support this operation',
      { error_subcode: 33 }));
    return number;
  }

  take(number, message) {
    const at = this.now();
    const person = message.to?.replace(/[^0-9]/g, '') ?? message.recipient; // `to` goes before `recipient`
    const refuse = (code) => {
      throw new Refused(errorAnswer(code));
    };
    if (person === this.numbers[number]) refuse(131021);
    if (this.window !== Infinity && !(at - this.heard.get(person) <= this.window)) refuse(131047);
    const before = this.sent.filter((one) => one.number === number);
    if (before.filter((one) => at - one.at < 1000).length >= this.perSecond) refuse(130429);
    if (before.some((one) => one.person === person && at - one.at < this.pairEvery)) refuse(131056);

    const id = `wamid.${randomBytes(24).toString('base64')}`;
    this.sent.push({ id, number, person, to: message.to, recipient: message.recipient, text: message.text.body,
      answers: message.context?.message_id, callback: message.biz_opaque_callback_data, request: message, at });
    this.taken(this.sent.at(-1));
    const input = message.to ?? message.recipient;
    const contact = message.to === undefined ? { input, user_id: person } : { input, wa_id: person };
    if (this.receipts.length > 0) this.run(this.reportAll(id, this.receipts));
    return { status: 200, headers: {}, taken: true,
      body: { messaging_product: 'whatsapp', contacts: [contact], messages: [{ id }] } };
  }

  run(work) {
    const ended = work.catch((error) => {
      if (!this.stopping) throw error;
    }).finally(() => this.background.delete(ended));
    this.background.add(ended);
  }

  async reportAll(id, statuses) {
    for (const status of statuses) await this.report(id, status);
  }

  // Posts a receipt, until it is answered 200. `code` is the error of one that failed.
  async report(id, status, code) {
    const body = this.statusBody(id, status, code);
    for (let wait = 20; ; wait = Math.min(2 * wait, 1000)) {
      const answered = await this.post(body).catch((error) => error.code);
      if (answered === 200) break;
      if (this.stopping) throw new Error(`the receipt ${status} of ${id} was answered ${answered}`);
      await sleep(wait);
    }
    this.posted.push({ status, body });
    this.reported({ id, status });
  }

  statusBody(id, status, code) {
    const message = this.sent.find((one) => one.id === id);
    const receipt = { id, status, timestamp: String(Math.floor(this.now() / 1000)) };
    if (message.to === undefined) receipt.recipient_user_id = message.person;
    else receipt.recipient_id = message.person;
    if (message.callback !== undefined) receipt.biz_opaque_callback_data = message.callback;
    if (status === 'failed') {
      const [, title, details] = errors[code];
      receipt.errors = [{ code, title, message: title, error_data: { details },
        href: '/documentation/business-messaging/whatsapp/support/error-codes' }];
    } else if (status !== 'played') {
      receipt.pricing = { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' };
    }
    const value = { messaging_product: 'whatsapp', metadata: { display_phone_number: this.numbers[message.number],
      phone_number_id: message.number }, statuses: [receipt] };
    return JSON.stringify({ object: 'whatsapp_business_account',
      entry: [{ id: this.account, changes: [{ field: 'messages', value }] }] });
  }

  // Resolves to the status of the answer.
  post(body) {
    const signature = 'sha256=' + createHmac('sha256', this.webhook.secret).update(body).digest('hex');
    return new Promise((resolve, reject) => {
      const request = httpRequest(this.webhook.url, { method: 'POST', headers: { 'content-type': 'application/json',
        'content-length': Buffer.byteLength(body), 'x-hub-signature-256': signature } }, (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () => resolve(response.statusCode));
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}
