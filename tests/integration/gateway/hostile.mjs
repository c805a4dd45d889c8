// Receivers that mean no good, for tests: what each does to the gateway, and what the gateway must make of it.
//
// A fault has a name, which becomes that of a destination, and says what comes of the first event: `state` of its
// delivery, `status` and `reason` as `patchbay delivery show` tells them. `stalls` marks those that would go on for
// ever: the gateway must end them; one that does not read is `blind` to that. `secured` is how the connection is
// secured, by certificates from Authority.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createSecureServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { makeFolder } from './gateway.mjs';

// Certificates made by openssl: an authority of its own, and what it signed.
export class Authority {
  constructor() {
    this.folder = makeFolder();
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout'];
    this.#openssl('req', '-x509', ...key, 'authority.key', '-days', '2', '-subj', '/CN=Authority', '-out', 'authority.pem');
    this.#openssl('req', ...key, 'leaf.key', '-subj', '/CN=Leaf', '-out', 'leaf.csr');
    this.file = join(this.folder, 'authority.pem');
    this.good = this.#leaf('good', 'IP:127.0.0.1');
    this.expired = this.#leaf('expired', 'IP:127.0.0.1', '-1');
    this.otherHost = this.#leaf('other_host', 'DNS:other.example');
    this.#openssl('req', '-x509', '-key', 'leaf.key', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext',
      'subjectAltName=IP:127.0.0.1', '-out', 'self_signed.pem');
    this.selfSigned = this.#pair('self_signed');
  }

  #openssl(...words) {
    execFileSync('openssl', words, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  #pair(name) {
    return { key: readFileSync(join(this.folder, 'leaf.key')), cert: readFileSync(join(this.folder, `${name}.pem`)) };
  }

  #leaf(name, names, days = '2') {
    writeFileSync(join(this.folder, `${name}.ext`), `subjectAltName=${names}\n`);
    this.#openssl('x509', '-req', '-in', 'leaf.csr', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial',
      '-days', days, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    return this.#pair(name);
  }
}

// Calls `then` with the socket and the text of each request once it is whole.
const afterRequest = (then) => (socket) => {
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    const end = text.indexOf('\r\n\r\n') + 4;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (end < 4 || text.length < end + length) return;
    const request = text;
    text = '';
    then(socket, request);
  });
};
const answer = (text) => afterRequest((socket) => socket.end(text, 'latin1'));
const answerAndStay = (text) => afterRequest((socket) => socket.write(text, 'latin1'));
const trickle = (start, piece = 'x') => afterRequest((socket) => {
  socket.write(start);
  const timer = setInterval(() => socket.write(piece), 1000);
  socket.on('close', () => clearInterval(timer));
});
// As fast as it is taken, until the other side has gone.
const flood = (start, piece) => afterRequest((socket) => {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  socket.write(start);
  more();
});
const reset = (socket) => socket.resetAndDestroy();

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
const chunk = (bytes) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
const bomb = gzipSync(Buffer.alloc(64 << 20)); // 65 kB that become 64 MiB
const noise = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) & 255)).toString('latin1');
const withBody = (head, bytes) => `${head}Content-Length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`;

const inTime = /^no whole answer within 1000 ms: /;
const tooLargeBody = /^the answer is larger than 1048576 bytes; /;
const tooLargeHeader = /^the header of the answer is larger than 65536 bytes or 256 fields$/;
const noAnswer = { state: 'open', status: 0 };
const stalled = { ...noAnswer, stalls: true, reason: inTime };
const broken = (reason) => ({ ...noAnswer, reason: new RegExp(`^reading the answer: .*${reason}`, 'i') });
const delivered = (status) => ({ state: 'delivered', status, reason: new RegExp(`^the receiver answered HTTP ${status}$`) });
const refused = (status, more) =>
  ({ state: 'dead', status, reason: new RegExp(`^the receiver answered HTTP ${status}${more}$`) });

export const faults = (authority, canary) => [
  { name: 'accepts_and_never_reads', serve: (socket) => socket.pause(), ...stalled, blind: true },
  { name: 'reads_and_never_answers', serve: (socket) => socket.resume(), ...stalled },
  { name: 'header_at_a_byte_a_second', serve: trickle(`${ok}A: `), ...stalled },
  { name: 'body_at_a_byte_a_second', serve: trickle(`${ok}Content-Length: 1000\r\n\r\n`), ...stalled },
  { name: 'chunks_at_one_a_second', serve: trickle(chunked, '1\r\nx\r\n'), ...stalled },
  { name: 'continue_each_second', serve: trickle('', 'HTTP/1.1 100 Continue\r\n\r\n'), ...stalled },
  { name: 'body_without_end', serve: flood(`${ok}\r\n`, Buffer.alloc(65536)), ...noAnswer, reason: tooLargeBody },
  { name: 'chunks_without_end', serve: flood(chunked, chunk(Buffer.alloc(65536))), ...noAnswer, reason: tooLargeBody },
  // Compression is not asked for, and what comes of it all the same is not expanded.
  { name: 'gzip_bomb', serve: answer(withBody(`${ok}Content-Encoding: gzip\r\n`, bomb)), ...delivered(200) },
  { name: 'gzip_bomb_as_transfer_encoding', ...delivered(200), serve: afterRequest((socket) => {
    socket.write(`${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`);
    socket.end(Buffer.concat([chunk(bomb), Buffer.from('0\r\n\r\n')]));
  }) },
  { name: 'header_lines_100000', ...noAnswer, reason: tooLargeHeader,
    serve: answer(`${ok}${'A: b\r\n'.repeat(100_000)}\r\n`) },
  { name: 'header_line_of_1_mib', ...noAnswer, reason: tooLargeHeader,
    serve: answer(`${ok}A: ${'x'.repeat(1 << 20)}\r\n\r\n`) },
  { name: 'continues_without_end', serve: flood('', 'HTTP/1.1 100 Continue\r\n\r\n'), ...noAnswer, reason: tooLargeHeader },
  { name: 'trailers_without_end', serve: flood(`${chunked}0\r\n`, 'A: b\r\n'), ...noAnswer, reason: tooLargeHeader },
  { name: 'chunk_size_of_letters', serve: answer(`${chunked}xyz\r\n`), ...broken('chunk') },
  { name: 'chunk_size_negative', serve: answer(`${chunked}-5\r\nabcde\r\n0\r\n\r\n`), ...broken('chunk') },
  { name: 'chunk_size_of_17_digits', serve: answer(`${chunked}FFFFFFFFFFFFFFFFF\r\nabc`), ...broken('chunk') },
  { name: 'chunk_shorter_than_said', serve: answer(`${chunked}5\r\nabcdefgh\r\n0\r\n\r\n`), ...broken('chunk') },
  { name: 'chunks_cut_off', serve: answer(`${chunked}5\r\nab`), ...broken('transfer closed') },
  { name: 'length_longer_than_body', serve: answer(`${ok}Content-Length: 100\r\n\r\nabc`), ...broken('transfer closed') },
  { name: 'length_shorter_than_body', serve: answer(`${ok}Content-Length: 3\r\n\r\nabcdefgh`), ...delivered(200) },
  { name: 'length_of_letters', serve: answer(`${ok}Content-Length: many\r\n\r\n`), ...broken('content-length') },
  { name: 'length_negative', serve: answer(`${ok}Content-Length: -1\r\n\r\n`), ...broken('content-length') },
  // The reset may be there before the client has looked whether it is connected.
  { name: 'resets_at_once', serve: reset, ...noAnswer, reason: /reset|connection (died|broken)|failed to connect/i },
  { name: 'resets_after_the_request', serve: afterRequest(reset), ...broken('reset') },
  { name: 'resets_in_the_body', ...broken('reset|transfer closed'), serve: afterRequest((socket) =>
    socket.write(`${ok}Content-Length: 100\r\n\r\nabc`, () => setTimeout(reset, 50, socket))) },
  { name: 'hangs_up', serve: answer(''), ...broken('empty reply') },
  { name: 'http_0_9', serve: answer('<html>hello</html>'), ...broken('HTTP/0\\.9') },
  { name: 'mail_server', serve: answer('220 mail.example ESMTP\r\n'), ...broken('HTTP/0\\.9') },
  { name: 'noise', serve: answer(noise), ...broken('HTTP/0\\.9') },
  { name: 'http_version_9', serve: answer('HTTP/9.9 200 OK\r\n\r\n'), ...broken('HTTP') },
  { name: 'answers_before_it_reads', ...refused(413, ''), serve: (socket) => {
    socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n');
  } },
  { name: 'keeps_the_connection', serve: answerAndStay('HTTP/1.1 204 No Content\r\n\r\n'), ...delivered(204) },
  // The second answer must not be taken for that to the next request.
  { name: 'answers_twice', ...delivered(200), serve: answerAndStay(
    `${ok}Content-Length: 2\r\n\r\nokHTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n`) },
  { name: 'status_999', serve: answer('HTTP/1.1 999 Never\r\nContent-Length: 0\r\n\r\n'), ...refused(999, '') },
  { name: 'says_it_with_escapes', ...refused(400, ': no \\[31m way'),
    serve: answer(withBody('HTTP/1.1 400 Bad Request\r\n', Buffer.from('no \x1b[31m\r\n way'))) },
  ...[301, 302, 303, 307, 308].map((status) => ({ name: `redirects_${status}`,
    ...refused(status, `: redirects are not followed; it points to ${canary}inside`),
    serve: answer(`HTTP/1.1 ${status} Elsewhere\r\nLocation: ${canary}inside\r\nContent-Length: 0\r\n\r\n`) })),
  { name: 'tls_that_stalls', secured: 'never', serve: (socket) => socket.resume(), ...stalled },
  { name: 'tls_expired', secured: authority.expired, ...noAnswer, reason: /^securing the connection: .*certificate has expired/ },
  { name: 'tls_for_another_host', secured: authority.otherHost, ...noAnswer,
    reason: /^securing the connection: .*(does not match|no alternative certificate subject name matches)/ },
  { name: 'tls_self_signed', secured: authority.selfSigned, ...noAnswer,
    reason: /^securing the connection: .*self[- ]signed certificate; .*ca_file/ },
  { name: 'tls_1_0', ...noAnswer, reason: /^securing the connection: .*; TLS 1\.2 or later is needed/, secured: {
    ...authority.good, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } },
  { name: 'tls_of_plain_http', secured: 'never', serve: (socket) => socket.once('data', () => socket.end(`${ok}\r\n`)),
    ...noAnswer, reason: /^securing the connection: .*wrong version number/ },
  { name: 'tls_and_a_body_without_end', secured: authority.good, serve: flood(`${ok}\r\n`, Buffer.alloc(65536)), ...noAnswer,
    reason: tooLargeBody },
];

export class Hostile {
  // `held` tells how long each connection lasted, in ms, from accepting it to its end.
  static async start(fault) {
    const peer = new Hostile();
    Object.assign(peer, { fault, connections: 0, held: [], texts: '' });
    const serve = (socket) => {
      socket.on('error', () => {});
      if (fault.serve) fault.serve(socket);
    };
    const accepted = (socket) => {
      const from = Date.now();
      ++peer.connections;
      socket.on('error', () => {});
      socket.on('close', () => peer.held.push(Date.now() - from));
      if (typeof fault.secured !== 'object') serve(socket);
    };
    peer.server = typeof fault.secured === 'object'
      ? createSecureServer(fault.secured, serve).on('connection', accepted).on('tlsClientError', () => {})
      : createServer(accepted);
    await new Promise((resolve) => peer.server.unref().listen(0, '127.0.0.1', resolve));
    const { port } = peer.server.address();
    peer.url = `${fault.secured ? 'https' : 'http'}://127.0.0.1:${port}/`;
    peer.range = `127.0.0.1/32:${port}`;
    return peer;
  }
}
