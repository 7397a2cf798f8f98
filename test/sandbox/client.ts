import { request } from 'node:http';
import type { TestContext } from 'node:test';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { sandboxKey } from '../support/sandbox-key.ts';

export const DEVICE_INFO = Buffer.from('{"model":"test","version":"1","osName":"Linux"}').toString('base64');
export const DCR_HEADERS = {
  'x-device-info': DEVICE_INFO,
  'user-agent': 'test/1',
  accept: 'application/json',
};

export const signingKey = await sandboxKey();

/** A clock that stands still until it is moved. */
export function handClock(start = Date.UTC(2026, 10, 24, 8, 30)) {
  let at = start;
  return {
    now: () => at,
    advance: (ms: number) => {
      at += ms;
    },
  };
}

/** A sandbox that ends with the test. */
export async function sandboxFor(t: TestContext, options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ signingKey, tenants: ['North', 'South'], ...options });
  t.after(() => sandbox.close());
  return sandbox;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}

export async function register(
  sandbox: Sandbox,
  change: { statement?: string; body?: string; headers?: Record<string, string>; redirectUri?: unknown } = {},
): Promise<Reply> {
  const redirect = change.redirectUri === undefined ? {} : { redirect_uri: change.redirectUri };
  const statement = change.statement ?? (await sandbox.statement());
  return replyOf(
    await fetch(`${sandbox.url}/o/client/register`, {
      method: 'POST',
      headers: { ...DCR_HEADERS, 'content-type': 'application/json;charset=utf-8', ...change.headers },
      body: change.body ?? JSON.stringify({ software_statement: statement, ...redirect }),
    }),
  );
}

export async function tokenWith(
  sandbox: Sandbox,
  parameters: Record<string, string>,
  { form = 'body', headers = {} }: { form?: 'body' | 'query'; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const encoded = new URLSearchParams(parameters);
  return replyOf(
    await fetch(`${sandbox.url}/o/client/token${form === 'query' ? `?${encoded}` : ''}`, {
      method: 'POST',
      headers: { ...DCR_HEADERS, ...headers },
      ...(form === 'body' ? { body: encoded } : {}),
    }),
  );
}

export async function credentials(sandbox: Sandbox, statement?: string) {
  const { json } = await register(sandbox, statement === undefined ? {} : { statement });
  return {
    grant_type: 'client_credentials',
    client_id: String(json['client_id']),
    client_secret: String(json['client_secret']),
  };
}

/** A GET of a report with a token; `token` may also be `undefined`. */
export async function report(
  sandbox: Sandbox,
  path: string,
  {
    token,
    headers = {},
    method = 'GET',
  }: { token?: string | undefined; headers?: Record<string, string>; method?: string } = {},
): Promise<Reply> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return replyOf(await fetch(`${sandbox.url}${path}`, { method, headers: { ...authorization, ...headers } }));
}

/** A request whose raw target and header lines are the test's own. */
export function raw(sandbox: Sandbox, target: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: sandbox.port, path: target, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });
}
