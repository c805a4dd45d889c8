// The provider behind the channel of tests/integration/messenger, played by the test.
import { cpSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { makeFolder, plugins } from './gateway.mjs';

// Keeps what it took; `react` answers {status, body, headers}, nothing (it hangs up) or a promise of either.
export class Provider {
  static async start() {
    const provider = new Provider();
    provider.taken = [];
    provider.react = () => ({ status: 200 });
    provider.server = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const message = JSON.parse(Buffer.concat(parts).toString());
      provider.taken.push(message);
      const number = provider.taken.length;
      const reaction = await provider.react(message, number);
      if (!reaction) return request.socket.destroy();
      response.writeHead(reaction.status, reaction.headers ?? {});
      response.end(JSON.stringify(reaction.body ?? { id: `wire-${number}` }));
    });
    await new Promise((resolve) => provider.server.listen(0, '127.0.0.1', resolve));
    provider.port = provider.server.address().port;
    return provider;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  texts() {
    return this.taken.map((message) => message.text);
  }
}

const folder = makeFolder();
cpSync(join(plugins, 'messenger'), join(folder, 'messenger'), { recursive: true });

// For a Gateway whose channel `desk` sends to that provider.
export function messenger(provider) {
  return { pluginFolders: [folder], settings: { channels: { desk: { connector: 'messenger',
    url: `http://127.0.0.1:${provider.port}/messages`, allow_private: [`127.0.0.1/32:${provider.port}`] } } } };
}
