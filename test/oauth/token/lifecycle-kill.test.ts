import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemEffects } from '../../../src/base/effects.ts';
import { FileStore, nodeStateFs, parseSoftwareStatement } from '../../../src/oauth/index.ts';
import type { StateBinding } from '../../../src/oauth/state/credential-store.ts';
import { httpServer } from '../../support/dcr-server.ts';
import { jws } from '../../support/jws.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LIFECYCLE = fileURLToPath(new URL('../../support/endless-lifecycle.ts', import.meta.url));
/** `KILLS=1000 node --test test/oauth/token/lifecycle-kill.test.ts` is the long form (docs/verification.md). */
const KILLS = Number(process.env['KILLS'] ?? 4);
/** The server forgets a client after so many of its tokens, so that registrations are as frequent as kills. */
const TOKENS_OF_A_CLIENT = 3;
/** A process is killed near one of its first so many calls: at its arrival or up to some milliseconds later. */
const CALLS_OF_A_LIFE = 20;
const LATEST_MS = 4;

/** A DCR server that keeps count, and kills the process that calls it at a moment of chance. */
class KillingDcr {
  registrations = 0;
  tokens = 0;
  kills = { register: 0, token: 0 };
  /** Registrations that nothing asked for: the process had credentials that were on disk and good. */
  readonly needless: string[] = [];
  /** No credentials that are on disk are known to be good, so that a registration is right. */
  mayRegister = true;
  /** Of its newest client. */
  #tokensOfClient = 0;
  #victim: ChildProcess | undefined;
  #callsLeft = 0;

  arm(victim: ChildProcess): void {
    this.#victim = victim;
    this.#callsLeft = 1 + Math.floor(Math.random() * CALLS_OF_A_LIFE);
  }

  /** The process has told that these credentials are on disk. */
  saved(clientId: string): void {
    if (this.#knows(clientId)) this.mayRegister = false;
  }

  #knows(clientId: string): boolean {
    return clientId === `client-${this.registrations}` && this.#tokensOfClient < TOKENS_OF_A_CLIENT;
  }

  readonly answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const kind = request.url?.includes('register') ? 'register' : 'token';
    this.#callsLeft -= 1;
    if (this.#callsLeft === 0) {
      this.kills[kind] += 1;
      const delay = Math.random() * LATEST_MS;
      if (delay < 1) this.#victim?.kill('SIGKILL');
      else setTimeout(() => this.#victim?.kill('SIGKILL'), delay);
    }
    const { status, json } = kind === 'register' ? this.#register() : this.#token(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  };

  #register() {
    this.registrations += 1;
    this.#tokensOfClient = 0;
    if (!this.mayRegister) this.needless.push(`client-${this.registrations}`);
    const json = {
      client_id: `client-${this.registrations}`,
      client_secret: `secret-${this.registrations}`,
      client_id_issued_at: Date.now(),
    };
    return { status: 201, json };
  }

  #token(body: string) {
    const clientId = new URLSearchParams(body).get('client_id') ?? '';
    if (!this.#knows(clientId)) {
      this.mayRegister = true;
      return { status: 400, json: { error: 'invalid_client' } };
    }
    this.#tokensOfClient += 1;
    this.tokens += 1;
    const json = {
      access_token: `token-${this.tokens}`,
      created_at: Date.now(),
      expires_in: 21_600,
      token_type: 'bearer',
    };
    return { status: 201, json };
  }
}

const number = (name: string): number => Number(name.replace(/^\D*/, '')) || 0;

test('A process that is killed while it registers, refreshes or saves loses nothing that was acknowledged', async () => {
  await using folder = await temporaryFolder();
  const dcr = new KillingDcr();
  await using server = await httpServer((request, response) => void dcr.answer(request, response));
  const statement = jws({ sub: 'application-1' });
  const binding: StateBinding = {
    statementFingerprint: parseSoftwareStatement(statement, systemEffects.now()).fingerprint,
    dcrUrl: `${server.origin}/`,
  };
  const store = new FileStore({
    folder: folder.path,
    name: 'default',
    fs: nodeStateFs,
    effects: systemEffects,
  });
  let acknowledged = { client: 0, token: 0 };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const process_ = spawn(process.execPath, [LIFECYCLE, folder.path, server.origin, statement], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    dcr.arm(process_);
    let unfinished = '';
    process_.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (unfinished + text).split('\n');
      unfinished = lines.pop() ?? '';
      for (const line of lines) {
        const [client = '', token = ''] = line.split(' ');
        dcr.saved(client);
        acknowledged = { client: number(client), token: Math.max(acknowledged.token, number(token)) };
      }
    });
    await once(process_, 'close');
    const loaded = await store.load(binding);
    if (loaded.outcome !== 'found') {
      assert.equal(loaded.outcome, 'absent');
      assert.equal(acknowledged.client, 0, 'what was acknowledged is there');
      continue;
    }
    const { credentials, token } = loaded.state;
    const client = number(credentials.clientId);
    assert.ok(client >= acknowledged.client, `${credentials.clientId}, acknowledged ${acknowledged.client}`);
    assert.ok(client <= dcr.registrations);
    assert.equal(credentials.clientSecret.reveal(), `secret-${client}`);
    if (token !== undefined && client === acknowledged.client)
      assert.ok(number(token.authorization.reveal()) >= acknowledged.token);
    dcr.saved(credentials.clientId);
  }
  assert.deepEqual(dcr.needless, [], 'nobody registers who has good credentials on disk');
  assert.ok(dcr.registrations > 0 && dcr.tokens > 0);
  if (KILLS > 100)
    process.stdout.write(
      `${JSON.stringify({ KILLS, ...dcr.kills, registrations: dcr.registrations, tokens: dcr.tokens })}\n`,
    );
});
