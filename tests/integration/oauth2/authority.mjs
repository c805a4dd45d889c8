// An authorisation server (npm oidc-provider, which others wrote) and, behind it, an API that takes its access tokens.
//
// What a person does there is done by consent() and refuse() with the code of the device flow, and by browse() with an
// address that a browser would open. `asked` has each request of the token endpoint: {grant_type, error}.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Provider } from '../../npm/oidc.mjs';

const scopes = 'openid offline_access';
export const machineSecret = 'a secret of the machine: 50%&=+';

export class Authority {
  // `lasts`: seconds of an access token; `rotates`: whether a refresh token works once only.
  static async start({ lasts = 3600, rotates = true } = {}) {
    const authority = new Authority();
    authority.server = createServer((request, response) => authority.handle(request, response));
    authority.server.listen(0, '127.0.0.1');
    await once(authority.server, 'listening');
    authority.url = `http://127.0.0.1:${authority.server.address().port}`;
    authority.lasts = lasts;
    authority.rotates = rotates;
    authority.person = 'kasia';
    authority.asked = [];
    authority.seen = []; // by the API: {token, status}
    authority.down = false;
    authority.begin();
    return authority;
  }

  begin() {
    const client = (id, more) => ({ client_id: id, response_types: [], redirect_uris: [], application_type: 'native', ...more });
    const refreshed = ['refresh_token'];
    this.provider = new Provider(this.url, {
      clients: [
        client('device', { token_endpoint_auth_method: 'none', grant_types: ['urn:ietf:params:oauth:grant-type:device_code', ...refreshed] }),
        client('browser', { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', ...refreshed],
          response_types: ['code'], redirect_uris: ['http://127.0.0.1/'] }),
        client('machine', { client_secret: machineSecret, grant_types: ['client_credentials'] }),
      ],
      features: { devInteractions: { enabled: false }, deviceFlow: { enabled: true }, clientCredentials: { enabled: true },
        revocation: { enabled: true } },
      pkce: { required: () => true, methods: ['S256'] },
      rotateRefreshToken: () => this.rotates,
      issueRefreshToken: () => true,
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      cookies: { keys: ['a key of the tests'] },
      ttl: { AccessToken: () => this.lasts, ClientCredentials: () => this.lasts, RefreshToken: 86_400, DeviceCode: () => this.codeLasts ?? 600,
        AuthorizationCode: 60, Grant: 86_400, Session: 600, Interaction: 600, IdToken: 600 },
    });
    for (const [event, failed] of [['grant.success', false], ['grant.error', true]])
      this.provider.on(event, (context, error) => this.asked.push({ grant_type: context.oidc.params?.grant_type,
        error: failed ? error.error : undefined }));
    this.provider.use(async (context, next) => { // it names no pace, and the usual one is slow
      await next();
      if (context.path === '/device/auth' && context.status === 200) context.body.interval = 1;
    });
    this.app = this.provider.callback();
  }

  async handle(request, response) {
    const path = new URL(request.url, this.url).pathname;
    if (path === '/api') return this.api(request, response);
    if (path === '/introspect') return this.introspect(request, response);
    if (this.down) return response.writeHead(503).end('not now');
    if (path.startsWith('/interaction/')) return this.interact(request, response);
    return this.app(request, response);
  }

  async api(request, response) {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const known = token && ((await this.provider.AccessToken.find(token)) ?? (await this.provider.ClientCredentials.find(token)));
    const status = known && !known.isExpired ? 200 : 401;
    this.seen.push({ token, status, method: request.method });
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  }

  // Whose token it is, for a server that takes it (RFC 7662).
  async introspect(request, response) {
    let body = '';
    for await (const part of request) body += part;
    const token = new URLSearchParams(body).get('token');
    const known = token && (await this.provider.AccessToken.find(token));
    const active = Boolean(known && !known.isExpired);
    this.seen.push({ token, status: active ? 200 : 401, method: request.method });
    response.writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(active ? { active, username: known.accountId } : { active }));
  }

  async granted(clientId) {
    const grant = new this.provider.Grant({ accountId: this.person, clientId });
    grant.addOIDCScope(scopes);
    return (this.grantId = await grant.save());
  }

  // The person in the browser says yes to everything, or no where `refuses` is set.
  async interact(request, response) {
    const { prompt, params } = await this.provider.interactionDetails(request, response);
    const result = this.refuses ? { error: 'access_denied', error_description: 'no, thank you' }
      : prompt.name === 'login' ? { login: { accountId: this.person } }
        : { consent: { grantId: await this.granted(params.client_id) } };
    await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  }

  async deviceCode(userCode) {
    const code = await this.provider.DeviceCode.findByUserCode(userCode.replace(/[^A-Z0-9]/gi, '').toUpperCase());
    if (!code) throw new Error(`no device waits with the code ${userCode}`);
    return code;
  }

  async consent(userCode) {
    const code = await this.deviceCode(userCode);
    Object.assign(code, { accountId: this.person, grantId: await this.granted(code.clientId), scope: scopes, claims: {},
      authTime: Math.floor(Date.now() / 1000) });
    await code.save();
  }

  async refuse(userCode) {
    const code = await this.deviceCode(userCode);
    Object.assign(code, { error: 'access_denied', errorDescription: 'no, \u001b[31mthank you' });
    await code.save();
  }

  // What the person, or an administrator, does in the account's own pages.
  async withdraw() {
    await (await this.provider.Grant.find(this.grantId)).destroy();
  }

  async forgetToken(token) {
    const known = (await this.provider.AccessToken.find(token)) ?? (await this.provider.ClientCredentials.find(token));
    await known.destroy();
  }

  // Follows a browser's way to the first address that is not ours, and returns that.
  async browse(address) {
    const jar = new Map();
    for (let next = address; ;) {
      if (!next.startsWith(this.url)) return next;
      const response = await fetch(next, { redirect: 'manual', headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } });
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        jar.set(name, value);
      }
      const location = response.headers.get('location');
      if (!location) throw new Error(`the browser got ${response.status} at ${next}: ${await response.text()}`);
      next = new URL(location, next).href;
    }
  }

  count(grantType) {
    return this.asked.filter((one) => one.grant_type === grantType && !one.error).length;
  }

  // What the settings say of it.
  settings(clientId, more = {}) {
    const urls = { token_url: `${this.url}/token` };
    if (clientId === 'device') urls.device_url = `${this.url}/device/auth`;
    if (clientId === 'browser') urls.authorization_url = `${this.url}/auth`;
    return { client_id: clientId, ...urls, ...(clientId === 'machine' ? {} : { scopes: scopes.split(' ') }), ...more };
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
