import type { ApiRefusal, Place } from '../../src/oauth/index.ts';
import type { DcrAnswer } from '../../src/oauth/protocol/dcr-answers.ts';
import type { DcrRequest } from '../../src/oauth/protocol/dcr-client.ts';

/** What goes wrong with DCR calls while it lasts. */
export type Fault =
  | 'refuse'
  | 'hang'
  | 'lose-answer'
  | 'error-503'
  | 'throttle'
  | 'garbage'
  | 'redirect'
  | 'unapproved'
  /** Its token endpoint knows no client. */
  | 'invalid-client';

interface Issued {
  readonly client: string;
  readonly knownAt: number;
  readonly end: number;
  revoked: boolean;
}

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): DcrAnswer => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/**
 * Adobe as a simulation needs it: knows its clients and tokens, throttles exactly as documented, and fails on command.
 * Time is given to it in milliseconds, so that its clock and ours can differ.
 */
export class AdobeModel {
  fault: Fault | undefined;
  /** Lifetime of new tokens, in seconds. */
  expiresIn = 3600;
  /** How far its clock is ahead of true time, in ms. */
  clockError = 0;
  /** How far the clock of the proxy is off, in ms: by it a token may seem to live for less. */
  proxyClockError = 0;
  /** How far its `created_at` is off its own clock, in ms. */
  createdAtError = 0;
  /** Registrations that it made, whether or not the answer arrived. */
  registrations = 0;
  /** Calls over the documented budget. */
  throttled = 0;
  /** When each call arrived. */
  readonly arrivals: number[] = [];
  readonly #clients = new Map<string, { readonly secret: string; alive: boolean }>();
  /** So long its API takes to learn of a new token, in ms. */
  lag = 0;
  /** Routes, or paths, whose API takes no token. */
  readonly refusing = new Set<string>();
  /** Clients that the API does not take any more, whatever the token endpoint says. */
  readonly #barred = new Set<string>();
  /** Whether the API says of every client that it is not good. */
  refusingClients = false;
  /** Clients of which callers were told so. */
  readonly #toldOf = new Set<string>();
  readonly #tokens = new Map<string, Issued>();
  #bucket = 10;
  #bucketAt = 0;

  /** Forgets all clients: `invalid_client` from now on. Their tokens stay valid. */
  forgetClients(): void {
    for (const client of this.#clients.values()) client.alive = false;
  }

  revokeTokens(): void {
    for (const token of this.#tokens.values()) token.revoked = true;
  }

  knows(clientId: string): boolean {
    return this.#clients.get(clientId)?.alive ?? false;
  }

  /** Whether the API takes its tokens too, and no refusal can have made us doubt it. */
  isGood(clientId: string): boolean {
    const doubted = this.#barred.has(clientId) || this.#toldOf.has(clientId);
    return this.knows(clientId) && !doubted && this.fault !== 'invalid-client';
  }

  /** The API takes none of the present clients any more. */
  barClients(): void {
    for (const client of this.#clients.keys()) this.#barred.add(client);
  }

  /** Whether the report API lets this `Authorization` in at the true time `now`. */
  admits(authorization: string, now: number): boolean {
    const token = this.#tokens.get(authorization);
    if (token === undefined || token.revoked || this.#isRefused(token.client)) return false;
    return now >= token.knownAt && now < token.end;
  }

  /** What the API says to a request; `undefined`: it is let in. */
  refusal(authorization: string, { route, path }: Place, now: number): ApiRefusal | undefined {
    const ownRefusal = this.refusing.has(route) || this.refusing.has(path);
    if (!ownRefusal && this.admits(authorization, now)) return undefined;
    const ofClient = this.#isRefused(this.#tokens.get(authorization)?.client ?? '');
    return { status: 401, meaning: ofClient && !ownRefusal ? 'client' : 'token' };
  }

  /** A caller was told that the client of this `Authorization` is not good. */
  toldOf(authorization: string): void {
    this.#toldOf.add(this.#tokens.get(authorization)?.client ?? '');
  }

  #isRefused(client: string): boolean {
    return this.refusingClients || this.#barred.has(client);
  }

  /** The answer to a call that arrives at the true time `now`; `undefined` when none ever comes. */
  receive(request: DcrRequest, now: number): DcrAnswer | Error | undefined {
    this.arrivals.push(now);
    if (this.fault === 'refuse')
      return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    if (this.fault === 'hang') return undefined;
    if (!this.#withinBudget(now)) {
      this.throttled += 1;
      return answer(429, '<html>');
    }
    if (this.fault === 'throttle') return answer(429, '<html>');
    if (this.fault === 'error-503') return answer(503, '');
    if (this.fault === 'garbage') return answer(200, '<html>');
    if (this.fault === 'redirect') return answer(302, '', { location: 'https://login.test' });
    const result = request.url.pathname.endsWith('/register')
      ? this.#register(now)
      : this.#issue(request, now);
    return this.fault === 'lose-answer'
      ? Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
      : result;
  }

  #register(now: number): DcrAnswer {
    if (this.fault === 'unapproved') return answer(400, { error: 'unapproved_software_statement' });
    this.registrations += 1;
    const clientId = `client-${this.registrations}`;
    this.#clients.set(clientId, { secret: `secret-${this.registrations}`, alive: true });
    return answer(201, {
      client_id: clientId,
      client_secret: `secret-${this.registrations}`,
      client_id_issued_at: now + this.clockError,
    });
  }

  /** How long a new token lives by what is said of it, in ms; what ended before it began is not believed. */
  #toldLifetime(): number {
    const whole = 1_000 * this.expiresIn;
    // By our clock and by its own, which its `Date` tells.
    const byOurs = this.#createdAtError + this.clockError - this.proxyClockError;
    const told = [this.#createdAtError, byOurs].map((off) => whole + off);
    return Math.min(whole, ...told.filter((it) => it > 0));
  }

  /** A new token that is as good as over by its date helps nobody: no date leaves less than a quarter of its life. */
  get #createdAtError(): number {
    const whole = 1_000 * this.expiresIn;
    const error = this.createdAtError;
    return error > -whole && error < -0.75 * whole ? -0.75 * whole : error;
  }

  #issue(request: DcrRequest, now: number): DcrAnswer {
    const form = new URLSearchParams(request.body);
    const client = this.#clients.get(form.get('client_id') ?? '');
    const unknown = this.fault === 'invalid-client';
    if (unknown || client === undefined || !client.alive || client.secret !== form.get('client_secret')) {
      return answer(400, { error: 'invalid_client' });
    }
    const token = `token-${this.#tokens.size + 1}`;
    this.#tokens.set(`Bearer ${token}`, {
      client: form.get('client_id') ?? '',
      // What is learnt of as late as it ends is nobody's to heal.
      knownAt: now + Math.min(this.lag, this.#toldLifetime() / 4),
      end: now + this.expiresIn * 1000,
      revoked: false,
    });
    const serverNow = now + this.clockError;
    return answer(
      201,
      {
        access_token: token,
        created_at: serverNow + this.#createdAtError,
        expires_in: this.expiresIn,
        token_type: 'bearer',
      },
      { date: new Date(serverNow).toUTCString() },
    );
  }

  #withinBudget(now: number): boolean {
    this.#bucket = Math.min(10, this.#bucket + (now - this.#bucketAt) / 1000);
    this.#bucketAt = now;
    // A thousandth less than one: the sums of a floating bucket must not throttle whoever is exactly on time.
    if (this.#bucket < 0.999) return false;
    this.#bucket -= 1;
    return true;
  }
}
