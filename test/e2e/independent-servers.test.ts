import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import {
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  exportSPKI,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { OAuth2Server } from 'oauth2-mock-server';
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider';
import { systemEffects } from '../../src/base/effects.ts';
import { readInputs } from '../../src/service/inputs/inputs.ts';
import { startProxy } from '../../src/service/start-proxy.ts';
import { until } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { sandboxKey } from '../support/sandbox-key.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { configOf, FREE_PORTS } from '../support/test-config.ts';

/**
 * The proxy against servers that others have written: what it knows of OAuth is not only what our own sandbox knows.
 * Neither is like Adobe's, so that paths, client authentication and scopes are configured.
 */

const SCOPE = 'cmu:analytics:client';
const key = await sandboxKey();

/** What the publisher of the application vouches for (RFC 7591 §2.3): it says all that the server needs to know. */
const statementWith = (claims: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  new SignJWT({
    sub: 'reports',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: SCOPE,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuedAt()
    .setIssuer('publisher.test')
    .sign(key.privateKey);

/** An HTTP server on a free port, closed with its user. */
async function listening(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A report API that lets those in whose token its judge accepts. */
const reportApi = (accepts: (token: string) => Promise<boolean>) =>
  listening((request, response) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    accepts(token).then(
      (accepted) => {
        const body = accepted ? '{"report":[]}' : '{"error":"invalid_token"}';
        response.writeHead(accepted ? 200 : 401, { 'content-type': 'application/json' }).end(body);
      },
      () => response.writeHead(500).end(),
    );
  });

/** The whole proxy, with nothing stored between callers: each of them needs the token. */
async function proxyWith(settings: Readonly<Record<string, string>>) {
  const config = await configOf({ ...FREE_PORTS, CACHE_MAX_BYTES: '0', ...settings });
  const inputs = await readInputs(config, systemEffects.now());
  if ('mistakes' in inputs) throw new Error(JSON.stringify(inputs.mistakes));
  const { log, written } = recordedLog('info');
  const proxy = await startProxy({ config, inputs, log });
  return {
    status: async () => (await call(`${proxy.url}/year/month`)).status,
    log: written,
    [Symbol.asyncDispose]: () => proxy.close(0),
  };
}

/** What oidc-provider remembers, for the test to forget some of it. */
class Memory implements Adapter {
  static readonly #stored = new Map<string, AdapterPayload>();
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  /** Forgets a client. */
  static forgetClient(id: string): void {
    Memory.#stored.delete(`Client/${id}`);
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    Memory.#stored.set(`${this.#kind}/${id}`, payload);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return Memory.#stored.get(`${this.#kind}/${id}`);
  }

  async destroy(id: string): Promise<void> {
    Memory.#stored.delete(`${this.#kind}/${id}`);
  }

  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}

const INITIAL_ACCESS_TOKEN = 'for-those-who-were-invited';

/** npm's oidc-provider, as strict as it is: paths of its own, an initial access token, statements that it verifies. */
async function oidcProvider() {
  let listener: RequestListener = (_, response) => response.writeHead(503).end();
  /** How clients have told who they are, where tokens are had. */
  const authorizations: (string | undefined)[] = [];
  const server = await listening((request, response) => {
    if (request.url === '/connect/token') authorizations.push(request.headers.authorization);
    listener(request, response);
  });
  /** Seconds that the next tokens live. */
  const settings = { lifetime: 600 };
  const publicKey = createPublicKey(await exportSPKI(key.publicKey));
  const provider = new Provider(server.url, {
    adapter: Memory,
    jwks: { keys: [{ ...(await exportJWK(key.privateKey)), alg: 'RS256', use: 'sig' }] },
    scopes: [SCOPE],
    routes: { registration: '/connect/register', token: '/connect/token' },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      registration: { enabled: true, initialAccessToken: INITIAL_ACCESS_TOKEN },
    },
    ttl: { ClientCredentials: () => settings.lifetime },
    extraClientMetadata: {
      properties: ['software_statement'],
      validator(_ctx, name, value, metadata) {
        if (name !== 'software_statement' || typeof value !== 'string') return;
        const [head = '', payload = '', signature = ''] = value.split('.');
        const signed = Buffer.from(`${head}.${payload}`);
        if (!verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))) {
          throw new Error('not signed by the publisher');
        }
        // RFC 7591 §2.3: what the statement says takes precedence.
        Object.assign(metadata, decodeJwt(value));
      },
    },
  });
  const counts = { registrations: 0, tokens: 0 };
  provider.on('registration_create.success', () => {
    counts.registrations++;
  });
  provider.on('client_credentials.saved', () => {
    counts.tokens++;
  });
  listener = provider.callback();
  return { ...server, provider, counts, settings, authorizations };
}

/** The client of `Authorization: Basic` (RFC 6749 §2.3.1), if it has a secret, too. */
const clientOf = (authorization = ''): string | undefined =>
  /^(.+):.+$/.exec(Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString())?.[1];

describe('oidc-provider', () => {
  for (const method of ['client_secret_post', 'client_secret_basic']) {
    test(`registration, token, restart, revocation and a lost client, with ${method}`, async () => {
      await using opened = new AsyncDisposableStack();
      const folder = opened.use(await temporaryFolder());
      const server = opened.use(await oidcProvider());
      const { ClientCredentials } = server.provider;
      const accepted: { clientId: string | undefined; destroy(): Promise<void> }[] = [];
      const api = opened.use(
        await reportApi(async (token) => {
          const found = await ClientCredentials.find(token);
          if (found === undefined || found.scope !== SCOPE) return false;
          accepted.push({ clientId: found.clientId, destroy: () => found.destroy() });
          return true;
        }),
      );
      const settings = {
        DCR_URL: server.url,
        DCR_REGISTER_PATH: '/connect/register',
        DCR_TOKEN_PATH: '/connect/token',
        DCR_INITIAL_ACCESS_TOKEN: INITIAL_ACCESS_TOKEN,
        DCR_SCOPE: SCOPE,
        UPSTREAM_URL: api.url,
        STATE_DIR: folder.path,
        SOFTWARE_STATEMENT: await statementWith({ token_endpoint_auth_method: method }),
      };

      const first = await proxyWith(settings);
      assert.equal(await first.status(), 200);
      assert.deepEqual(server.counts, { registrations: 1, tokens: 1 });
      await first[Symbol.asyncDispose]();

      const proxy = opened.use(await proxyWith(settings));
      assert.equal(await proxy.status(), 200);
      assert.deepEqual(server.counts, { registrations: 1, tokens: 1 }, 'a restart costs nothing');

      await accepted.at(-1)?.destroy();
      assert.equal(await proxy.status(), 200);
      assert.deepEqual(server.counts, { registrations: 1, tokens: 2 }, 'a revoked token is replaced, unseen');

      const { clientId = '' } = accepted.at(-1) ?? {};
      Memory.forgetClient(clientId);
      await accepted.at(-1)?.destroy();
      assert.equal(await proxy.status(), 200);
      assert.deepEqual(
        server.counts,
        { registrations: 2, tokens: 3 },
        'a lost client is registered once more',
      );
      assert.notEqual(accepted.at(-1)?.clientId, clientId);

      // The second token was asked for by the client of the first, the third by none that was known, and again.
      const ids = [clientId, clientId, clientId, accepted.at(-1)?.clientId];
      const told = method === 'client_secret_post' ? ids.map(() => undefined) : ids;
      assert.deepEqual(server.authorizations.map(clientOf), told);
    });
  }

  test('a token is renewed before it ends', async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(await temporaryFolder());
    const server = opened.use(await oidcProvider());
    server.settings.lifetime = 2;
    const api = opened.use(
      await reportApi(async (token) => (await server.provider.ClientCredentials.find(token)) !== undefined),
    );
    const proxy = opened.use(
      await proxyWith({
        DCR_URL: server.url,
        DCR_REGISTER_PATH: '/connect/register',
        DCR_TOKEN_PATH: '/connect/token',
        DCR_INITIAL_ACCESS_TOKEN: INITIAL_ACCESS_TOKEN,
        UPSTREAM_URL: api.url,
        STATE_DIR: folder.path,
        SOFTWARE_STATEMENT: await statementWith({ token_endpoint_auth_method: 'client_secret_post' }),
      }),
    );
    await until(async () => {
      assert.equal(await proxy.status(), 200);
      return server.counts.tokens >= 3;
    });
    assert.equal(server.counts.registrations, 1);
  });

  test('who was not invited is told so, and nothing of the token that was tried', async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(await temporaryFolder());
    const server = opened.use(await oidcProvider());
    const proxy = opened.use(
      await proxyWith({
        DCR_URL: server.url,
        DCR_REGISTER_PATH: '/connect/register',
        DCR_TOKEN_PATH: '/connect/token',
        DCR_INITIAL_ACCESS_TOKEN: 'made-up',
        UPSTREAM_URL: server.url,
        STATE_DIR: folder.path,
        SOFTWARE_STATEMENT: await statementWith(),
      }),
    );
    assert.equal(await proxy.status(), 503);
    assert.equal(server.counts.registrations, 0);
    assert.match(proxy.log(), /invalid_token/);
    assert.doesNotMatch(proxy.log(), /made-up/);
  });
});

describe('oauth2-mock-server', () => {
  /** It has tokens that anybody can verify, and a registration that the test adds. */
  async function mockServer() {
    const server = new OAuth2Server();
    await server.issuer.keys.generate('RS256');
    await server.start(0, '127.0.0.1');
    // Within a second, tokens would be the same otherwise.
    server.service.on('beforeTokenSigning', ({ payload }: { payload: JWTPayload }) => {
      payload.jti = crypto.randomUUID();
    });
    const clients = new Map<string, string>();
    const counts = { registrations: 0, tokens: 0 };
    server.service.addRoute('POST', '/register', (_, response) => {
      const [id, secret] = [`client-${++counts.registrations}`, crypto.randomUUID()];
      clients.set(id, secret);
      const body = JSON.stringify({ client_id: id, client_secret: secret });
      response.writeHead(201, { 'content-type': 'application/json' }).end(body);
    });
    server.service.on(
      'beforeResponse',
      (answer: MutableAnswer, { body }: { body: Record<string, string> }) => {
        counts.tokens++;
        if (clients.get(body['client_id'] ?? '') === body['client_secret']) return;
        answer.statusCode = 400;
        answer.body = { error: 'invalid_client' };
      },
    );
    const { port } = server.address();
    return {
      url: `http://127.0.0.1:${port}`,
      server,
      clients,
      counts,
      [Symbol.asyncDispose]: () => server.stop(),
    };
  }

  interface MutableAnswer {
    statusCode: number;
    body: Record<string, unknown>;
  }

  test('its signed tokens reach the API, a failing server is asked again, a forgotten client registers once', async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(await temporaryFolder());
    const mock = opened.use(await mockServer());
    const jwks = createLocalJWKSet({ keys: mock.server.issuer.keys.toJSON() });
    const revoked = new Set<string>();
    let last = '';
    const api = opened.use(
      await reportApi(async (token) => {
        const { payload } = await jwtVerify(token, jwks, { issuer: mock.server.issuer.url ?? '' });
        last = token;
        return payload['scope'] === SCOPE && !revoked.has(token);
      }),
    );
    mock.server.service.once('beforeResponse', (answer: MutableAnswer) => {
      answer.statusCode = 503;
      answer.body = {};
    });
    const proxy = opened.use(
      await proxyWith({
        DCR_URL: mock.url,
        DCR_REGISTER_PATH: '/register',
        DCR_TOKEN_PATH: '/token',
        DCR_SCOPE: SCOPE,
        UPSTREAM_URL: api.url,
        STATE_DIR: folder.path,
        SOFTWARE_STATEMENT: await statementWith(),
      }),
    );
    await until(async () => (await proxy.status()) === 200);
    assert.deepEqual(mock.counts, { registrations: 1, tokens: 2 });

    mock.clients.clear();
    revoked.add(last);
    assert.equal(await proxy.status(), 200);
    assert.deepEqual(mock.counts, { registrations: 2, tokens: 4 });
  });
});
