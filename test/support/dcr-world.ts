import { seconds } from '../../src/base/units.ts';
import type { DcrAnswer } from '../../src/oauth/protocol/dcr-answers.ts';
import { createTokenBucket } from '../../src/oauth/protocol/dcr-budget.ts';
import type { DcrRequest, DcrTransport } from '../../src/oauth/protocol/dcr-client.ts';
import { createDcrClient } from '../../src/oauth/protocol/dcr-client.ts';
import type { DcrEvent } from '../../src/oauth/protocol/dcr-event.ts';
import type { CredentialStore } from '../../src/oauth/state/credential-store.ts';
import { createMemoryStore } from '../../src/oauth/state/open-store.ts';
import {
  parseSoftwareStatement,
  type SoftwareStatement,
} from '../../src/oauth/statement/software-statement.ts';
import {
  LastingTokenSource,
  type TokenSource,
  type TokenSourceOptions,
} from '../../src/oauth/token/lasting-token-source.ts';
import { jws } from './jws.ts';
import { VirtualTime } from './virtual-time.ts';

export const answer = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): DcrAnswer => ({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

export const oauthError = (error: string, status = 400): DcrAnswer => answer(status, { error });

/** The HTML 429 of Adobe's edge (docs/adobe.md §5). */
export const throttled = (headers: Readonly<Record<string, string>> = {}): DcrAnswer =>
  answer(429, '<html>Too many requests</html>', { 'content-type': 'text/html', ...headers });

type Reaction = (request: DcrRequest) => DcrAnswer | Promise<DcrAnswer>;

/** A DCR server in memory that does what docs/adobe.md says, unless a reaction is queued. */
export class FakeDcr {
  /** Lifetime of its tokens, in seconds. */
  expiresIn = 21_600;
  readonly registrations: DcrRequest[] = [];
  readonly tokenRequests: DcrRequest[] = [];
  readonly #reactions: Record<'register' | 'token', Reaction[]> = { register: [], token: [] };
  #standing: Partial<Record<'register' | 'token', Reaction>> = {};
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** The next call of this kind gets this instead. Several are used in turn. */
  next(kind: 'register' | 'token', ...reactions: (DcrAnswer | Reaction)[]): void {
    this.#reactions[kind].push(...reactions.map((it) => (typeof it === 'function' ? it : () => it)));
  }

  /** All calls of this kind get this until {@link heal}. */
  always(kind: 'register' | 'token', reaction: DcrAnswer | Reaction): void {
    this.#standing[kind] = typeof reaction === 'function' ? reaction : () => reaction;
  }

  heal(): void {
    this.#standing = {};
  }

  get calls(): number {
    return this.registrations.length + this.tokenRequests.length;
  }

  readonly transport: DcrTransport = async (request) => {
    const kind = request.url.pathname.endsWith('/register') ? 'register' : 'token';
    (kind === 'register' ? this.registrations : this.tokenRequests).push(request);
    const reaction = this.#reactions[kind].shift() ?? this.#standing[kind];
    if (reaction !== undefined) return reaction(request);
    return kind === 'register' ? this.registered() : this.issued();
  };

  registered(more: Record<string, unknown> = {}): DcrAnswer {
    const count = this.registrations.length;
    return answer(201, {
      client_id: `client-${count}`,
      client_secret: `secret-${count}`,
      client_id_issued_at: this.#time.now(),
      ...more,
    });
  }

  issued(more: Record<string, unknown> = {}): DcrAnswer {
    return answer(201, {
      access_token: `token-${this.tokenRequests.length}`,
      created_at: this.#time.now(),
      expires_in: this.expiresIn,
      token_type: 'bearer',
      ...more,
    });
  }
}

export interface DcrWorld {
  readonly time: VirtualTime;
  readonly dcr: FakeDcr;
  readonly events: DcrEvent[];
  readonly store: CredentialStore;
  /** Names of the events so far. */
  eventNames(): string[];
  /** Starts a source as a process would: with the store that is there. */
  start(options?: Partial<TokenSourceOptions>): TokenSource;
  statement(claims?: Record<string, unknown>): SoftwareStatement;
}

/** A lifecycle's surroundings: virtual time, a DCR server and a store in memory. */
export function dcrWorld(store: CredentialStore = createMemoryStore()): DcrWorld {
  const time = new VirtualTime();
  const dcr = new FakeDcr(time);
  const events: DcrEvent[] = [];
  const onEvent = (event: DcrEvent) => void events.push(event);
  const statement = (claims: Record<string, unknown> = { sub: 'application-1' }) =>
    parseSoftwareStatement(jws(claims), time.now());
  return {
    time,
    dcr,
    events,
    store,
    statement,
    eventNames: () => events.map(({ event }) => event),
    start: (options = {}) =>
      new LastingTokenSource({
        statement: statement(),
        store,
        client: createDcrClient({
          url: new URL('https://dcr.test'),
          transport: dcr.transport,
          effects: time,
          userAgent: 'cmu-proxy/test',
          deviceInfo: { model: 'test' },
          registerPath: '/o/client/register',
          tokenPath: '/o/client/token',
          tokenRequestForm: 'body',
          timeoutMs: seconds(10),
          onEvent,
        }),
        budget: createTokenBucket(time),
        effects: time,
        onEvent,
        ...options,
      }),
  };
}

/** The bearer of a token, for comparison. */
export const bearer = (
  token: { readonly authorization: { reveal(): string } } | undefined,
): string | undefined => token?.authorization.reveal();
