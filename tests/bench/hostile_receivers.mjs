// Five receivers of webhooks for tests/bench/isolation.sh, each on a port of its own: all well, or each dead in its way.
//
//   node hostile_receivers.mjs well|dead
//
// dead: one takes the request and never answers, one answers a byte a second, one never answers the TLS handshake, one
// answers a body without an end, one answers 500. Prints the five URLs, a line each, and serves until it is ended.
import http from 'node:http';
import net from 'node:net';

const well = (request, response) => request.resume().on('end', () => response.writeHead(204).end());

function blackHole(request) {
  request.resume();
}

function byteASecond(request, response) {
  request.resume();
  const { socket } = response;
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`;
  let sent = 0;
  const timer = setInterval(() => socket.write(answer[sent++]), 1000);
  socket.on('close', () => clearInterval(timer));
}

function endlessBody(request, response) {
  request.resume();
  response.writeHead(200);
  const chunk = Buffer.alloc(16 * 1024, 'x');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

const failing = (request, response) => request.resume().on('end', () => response.writeHead(500).end('no'));

async function listening(server) {
  // A connection that is cut off is what the sender does to a dead one.
  server.on('connection', (socket) => socket.on('error', () => {}));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

const dead = process.argv[2] === 'dead';
const ways = [blackHole, byteASecond, null, endlessBody, failing];
for (const way of ways) {
  const stalls = dead && way === null;
  const server = stalls ? net.createServer((socket) => socket.resume()) : http.createServer(dead ? way : well);
  console.log(`${stalls ? 'https' : 'http'}://127.0.0.1:${await listening(server)}`);
}
