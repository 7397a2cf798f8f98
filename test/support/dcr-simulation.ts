import type { Effects } from '../../src/base/effects.ts';
import { epochMs, milliseconds } from '../../src/base/units.ts';
import { type BearerTokens, type Place, ProvenTokens } from '../../src/oauth/index.ts';
import type { AccessToken } from '../../src/oauth/protocol/credentials.ts';
import { createTokenBucket, type DcrBudget } from '../../src/oauth/protocol/dcr-budget.ts';
import type { DcrTransport } from '../../src/oauth/protocol/dcr-client.ts';
import { createDcrClient } from '../../src/oauth/protocol/dcr-client.ts';
import { DcrError } from '../../src/oauth/protocol/dcr-error.ts';
import type { DcrEvent } from '../../src/oauth/protocol/dcr-event.ts';
import { FileStore } from '../../src/oauth/state/file-store.ts';
import type { StateFs } from '../../src/oauth/state/state-fs.ts';
import { parseSoftwareStatement } from '../../src/oauth/statement/software-statement.ts';
import { LastingTokenSource, type TokenSource } from '../../src/oauth/token/lasting-token-source.ts';
import { AdobeModel, type Fault } from './adobe-model.ts';
import { diceOf } from './dice.ts';
import { jws } from './jws.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { drained, VirtualTime } from './virtual-time.ts';

/** Something that happens at a moment, `at` ms after the start. */
export type Happening = { readonly at: number } & (
  | { readonly what: 'fault'; readonly fault: Fault; readonly lasts: number }
  | { readonly what: 'forget-clients' | 'revoke-tokens' | 'bar-clients' | 'kill' }
  /** The API of a route, or a path, takes no token. */
  | { readonly what: 'refusing'; readonly place: string; readonly lasts: number }
  /** The API says of every client that it is not good. */
  | { readonly what: 'refusing-clients'; readonly lasts: number }
  /** The API learns of new tokens so late. */
  | { readonly what: 'lag'; readonly ms: number }
  | { readonly what: 'power-cut'; readonly names: boolean; readonly content: number }
  | {
      readonly what: 'crash-at-disk-step';
      readonly steps: number;
      readonly names: boolean;
      readonly content: number;
    }
  | { readonly what: 'disk-fails'; readonly code: string; readonly lasts: number }
  | { readonly what: 'our-clock'; readonly by: number }
  /** The clock is set, and the process starts anew by it. */
  | { readonly what: 'restart'; readonly by: number }
  | { readonly what: 'their-clock'; readonly by: number }
  | { readonly what: 'created-at'; readonly by: number }
  | { readonly what: 'expiry'; readonly seconds: number }
  | { readonly what: 'latency'; readonly ms: number }
);

export interface Scenario {
  readonly seed: number;
  readonly expiresIn: number;
  readonly happenings: readonly Happening[];
  /** Time between two callers, in ms. */
  readonly pace: number;
}

/** Bugs that can be put in on purpose, to see that the simulation finds them. */
export interface SeededBug {
  readonly fs?: (disk: SimulatedDisk) => StateFs;
  readonly budget?: (effects: Effects) => DcrBudget;
  readonly noBackoff?: boolean;
  /** Takes the wall clock for a stopwatch. */
  readonly jumpingClock?: boolean;
  /** What the proxy does about tokens and refusals. */
  readonly tokens?: (source: TokenSource, effects: Effects) => BearerTokens;
  readonly source?: (source: TokenSource) => TokenSource;
}

export interface Verdict {
  readonly violations: readonly string[];
  readonly answered: number;
  readonly unanswered: number;
  readonly restarts: number;
}

const FOLDER = '/state';
const BASE_URL = new URL('https://dcr.test/');
const START = Date.UTC(2024, 0, 1);
const STATEMENT = parseSoftwareStatement(jws({ sub: 'application' }), epochMs(START));
const CALLER_PATIENCE = 8_000;
const PLACES: readonly Place[] = [
  { route: 'cmu', path: '/cmu/a' },
  { route: 'esm', path: '/esm/a' },
  { route: 'cmu', path: '/cmu/a' },
  { route: 'cmu', path: '/cmu/b' },
];
/** No time-out, but far less than a proven token has to live for a call to count on it. */
const API_LATENCY = 20;
const QUARTER = 15 * 60_000;
const TIMEOUT = 10_000;
/** The longest pause that may lie between the end of all faults and service: a capped back-off and two calls that time out. */
const RECOVERY = 60_000 + 2 * TIMEOUT + 5_000;
/** After a failure that only a person can heal, a quarter of an hour and a quarter of that again. */
const TERMINAL_RECOVERY = 15 * 60_000 * 1.25 + RECOVERY;

/** Lives through a scenario with the real code of `dcr/`, and tells which promises were broken. Repeatable to the last step. */
export const simulate = (scenario: Scenario, bug: SeededBug = {}): Promise<Verdict> =>
  new Simulation(scenario, bug).run();

class Simulation {
  readonly #scenario: Scenario;
  readonly #bug: SeededBug;
  readonly #time = new VirtualTime(START, drained);
  readonly #random: () => number;
  readonly #adobe = new AdobeModel();
  readonly #violations = new Set<string>();
  #disk = new SimulatedDisk();
  #source: TokenSource | undefined;
  #tokens: BearerTokens | undefined;
  /** The last that the API has begun to take in this life. */
  #proven: AccessToken | undefined;
  readonly #taken = new Set<AccessToken>();
  /** When clients were registered, and their number's causes. */
  readonly #registered: number[] = [];
  #causes = 1;
  /** When a client was last refused by the token endpoint. */
  #refusedAt = Number.NEGATIVE_INFINITY;
  #calls = 0;
  /** How many happenings have begun or ended. */
  #happened = 0;
  /** Counts processes; what belongs to a former one is dead. */
  #life = 0;
  #clockError = 0;
  /** Of the living process: what it started with. */
  #ownClock = 0;
  #latency = 50;
  /** The client whose credentials the living process holds. */
  #known: string | undefined;
  #savesReliable = true;
  #terminal = false;
  #crash: { readonly names: boolean; readonly content: number } | undefined;
  #answered = 0;
  #unanswered = 0;

  constructor(scenario: Scenario, bug: SeededBug) {
    this.#scenario = scenario;
    this.#bug = bug;
    this.#random = diceOf(scenario.seed);
    this.#adobe.expiresIn = scenario.expiresIn;
  }

  async run(): Promise<Verdict> {
    // Nothing here waits for the event loop: let others have a turn of it.
    await new Promise((resolve) => setImmediate(resolve));
    this.#boot();
    const happenings = this.#scenario.happenings
      .flatMap((it) => this.#withEnd(it))
      .sort((a, b) => a.at - b.at);
    let elapsed = 0;
    const advanceTo = async (end: number, pace = this.#scenario.pace) => {
      while (elapsed < end) {
        const step = Math.min(pace, end - elapsed);
        await this.#time.pass(step);
        elapsed += step;
        this.#rebootAfterCrash();
        this.#call();
        await drained();
      }
    };
    for (const { at, apply } of happenings) {
      await advanceTo(at);
      this.#happened += 1;
      apply();
    }
    // From here on nothing goes wrong any more.
    this.#disk.crashBefore = Number.POSITIVE_INFINITY;
    if (this.#terminal) await advanceTo(elapsed + TERMINAL_RECOVERY, 20_000);
    else await advanceTo(elapsed + RECOVERY);
    await this.#expectService();
    await this.#source?.close();
    if (this.#time.pendingTimers > CALLER_PATIENCE / this.#scenario.pace + 20)
      this.#broken('timers are left');
    return {
      violations: [...this.#violations],
      answered: this.#answered,
      unanswered: this.#unanswered,
      restarts: this.#life - 1,
    };
  }

  #withEnd(it: Happening): { at: number; apply: () => void }[] {
    const start = { at: it.at, apply: () => this.#happen(it) };
    if (it.what === 'fault') {
      return [start, { at: it.at + it.lasts, apply: () => this.#endFault(it.fault) }];
    }
    if (it.what === 'refusing') {
      return [start, { at: it.at + it.lasts, apply: () => this.#adobe.refusing.delete(it.place) }];
    }
    if (it.what === 'refusing-clients') {
      const end = () => {
        this.#adobe.refusingClients = false;
      };
      return [start, { at: it.at + it.lasts, apply: end }];
    }
    if (it.what === 'disk-fails') {
      return [start, { at: it.at + it.lasts, apply: () => this.#diskFails(undefined) }];
    }
    return [start];
  }

  #happen(it: Happening): void {
    switch (it.what) {
      case 'fault':
        this.#adobe.fault = it.fault;
        this.#terminal ||= it.fault === 'unapproved' || it.fault === 'invalid-client';
        this.#causes += 1;
        return;
      case 'forget-clients':
        this.#adobe.forgetClients();
        // A client that was registered a moment ago is given time to become known.
        this.#terminal = true;
        this.#causes += 1;
        return;
      case 'bar-clients':
        this.#adobe.barClients();
        this.#terminal = true;
        this.#causes += 1;
        return;
      case 'refusing':
        this.#adobe.refusing.add(it.place);
        return;
      case 'refusing-clients':
        this.#adobe.refusingClients = true;
        this.#terminal = true;
        this.#causes += 1;
        return;
      case 'lag':
        this.#adobe.lag = it.ms;
        return;
      case 'revoke-tokens':
        this.#adobe.revokeTokens();
        return;
      case 'kill':
        this.#disk = this.#disk.afterKill();
        this.#boot();
        return;
      case 'power-cut':
        this.#disk = this.#disk.afterPowerCut(it);
        this.#boot();
        return;
      case 'crash-at-disk-step':
        this.#disk.crashBefore = this.#disk.steps.length + it.steps;
        this.#crash = it;
        return;
      case 'disk-fails':
        this.#savesReliable = false;
        this.#diskFails(it.code);
        return;
      case 'our-clock':
        this.#clockError += it.by;
        return;
      case 'restart':
        this.#clockError += it.by;
        this.#disk = this.#disk.afterKill();
        this.#boot();
        return;
      case 'their-clock':
        this.#adobe.clockError += it.by;
        return;
      case 'created-at':
        this.#adobe.createdAtError = it.by;
        return;
      case 'expiry':
        this.#adobe.expiresIn = it.seconds;
        return;
      case 'latency':
        this.#latency = it.ms;
        return;
    }
  }

  #endFault(fault: Fault): void {
    if (this.#adobe.fault === fault) this.#adobe.fault = undefined;
  }

  #diskFails(code: string | undefined): void {
    this.#disk.failEvery = code;
  }

  /** A new process on the disk as it is. */
  #boot(): void {
    const life = ++this.#life;
    const alive = () => this.#life === life;
    const disk = this.#disk;
    // The wall clock counts when the process starts; what is set later shows at the next start.
    this.#ownClock = this.#clockError;
    this.#adobe.proxyClockError = this.#ownClock;
    const own = this.#ownClock;
    const effects: Effects = {
      now: () => epochMs(this.#time.now() + (this.#bug.jumpingClock ? this.#clockError : own)),
      random: this.#random,
      setTimer: (delay, callback) => this.#time.setTimer(delay, () => alive() && callback()),
    };
    disk.onCrash = () => {
      if (alive()) this.#life += 1;
    };
    const fs = this.#bug.fs?.(disk) ?? disk;
    this.#known = this.#clientOnDisk();
    this.#proven = undefined;
    this.#causes += 1;
    const onEvent = (event: DcrEvent) => alive() && this.#observe(event);
    const source = new LastingTokenSource({
      statement: STATEMENT,
      store: new FileStore({ folder: FOLDER, name: 'default', fs, effects }),
      client: createDcrClient({
        url: BASE_URL,
        transport: this.#wire(alive),
        effects,
        userAgent: 'cmu-proxy/simulation',
        deviceInfo: {},
        registerPath: '/o/client/register',
        tokenPath: '/o/client/token',
        tokenRequestForm: 'body',
        timeoutMs: milliseconds(TIMEOUT),
        onEvent,
      }),
      budget: this.#bug.budget?.(effects) ?? createTokenBucket(effects),
      effects,
      onEvent: (event) => {
        onEvent(event);
        if (this.#bug.noBackoff && event.event === 'attempt-failed') {
          this.#time.setTimer(milliseconds(1), () => alive() && void source.refresh().catch(() => {}));
        }
      },
    });
    this.#source = this.#bug.source?.(source) ?? source;
    this.#tokens = this.#bug.tokens?.(this.#source, effects) ?? new ProvenTokens(this.#source, effects);
  }

  #rebootAfterCrash(): void {
    if (this.#disk.crashed && this.#crash !== undefined) {
      this.#disk = this.#disk.afterPowerCut(this.#crash);
      this.#crash = undefined;
      this.#boot();
    }
  }

  /** The network between a process and Adobe. */
  #wire(alive: () => boolean): DcrTransport {
    return (request) =>
      new Promise((resolve, reject) => {
        if (!alive()) return;
        const registering = request.url.pathname.endsWith('/register');
        if (registering) this.#checkRegistration();
        else this.#checkTokenRequest(new URLSearchParams(request.body).get('client_id'));
        const answer = this.#adobe.receive(request, this.#time.now());
        if (answer === undefined) return;
        if ('body' in answer && answer.body.includes('invalid_client')) this.#refusedAt = this.#time.now();
        // An answer that takes longer than its token lives is nobody's to heal.
        const latency = Math.min(this.#latency, this.#adobe.expiresIn * 250);
        this.#time.setTimer(milliseconds(latency), () => {
          if (!alive() || request.signal.aborted) return;
          if (answer instanceof Error) return reject(answer);
          if (registering && answer.status === 201) this.#known = JSON.parse(answer.body).client_id;
          resolve(answer);
        });
      });
  }

  #checkRegistration(): void {
    // It was told otherwise a moment ago.
    if (this.#time.now() - this.#refusedAt < 15_000) return;
    if (this.#known !== undefined && this.#adobe.isGood(this.#known)) {
      this.#broken('registered although good credentials were known');
    }
  }

  #checkTokenRequest(clientId: string | null): void {
    if (!this.#savesReliable || this.#disk.crashed) return;
    if (this.#durableClient() !== clientId) this.#broken('used credentials that would not survive a crash');
  }

  #observe(event: DcrEvent): void {
    if (event.event === 'state-set-aside')
      this.#broken(`state on disk was neither old nor new: ${event.reason}`);
    if (event.event === 'registered') this.#registered.push(this.#time.now());
    if (event.event === 'attempt-failed' && event.error.code === 'internal') {
      this.#broken(`bug: ${event.error.message} ${event.error.cause}`);
    }
  }

  /** A caller, as the proxy serves it. */
  #call(place = PLACES[this.#calls % PLACES.length] ?? PLACES[0]): Promise<boolean> {
    const [tokens, source, life] = [this.#tokens, this.#source, this.#life];
    this.#calls += 1;
    if (tokens === undefined || source === undefined || place === undefined) return Promise.resolve(false);
    const proven = this.#proven;
    const counted = this.#countsOn(proven, place);
    const happened = this.#happened;
    const leaving = new AbortController();
    const cancel = this.#time.setTimer(milliseconds(CALLER_PATIENCE), () => leaving.abort());
    const { signal } = leaving;
    let sent = 0;
    const serve = async (): Promise<boolean> => {
      const earlier: AccessToken[] = [];
      let token: AccessToken | undefined = tokens.next(place) ?? (await tokens.token({ signal }));
      while (token !== undefined && this.#life === life && !signal.aborted) {
        const sentAt = epochMs(this.#time.now() + this.#ownClock);
        if (token.expiresAt <= sentAt) this.#broken('gave a token known to be expired');
        if (earlier.length > 10) this.#broken('one request went out more than ten times');
        sent += 1;
        const authorization = token.authorization.reveal();
        await new Promise<void>((resolve) => this.#time.setTimer(milliseconds(API_LATENCY), resolve));
        if (this.#life !== life) return true;
        const refusal = this.#adobe.refusal(authorization, place, this.#time.now());
        if (refusal === undefined) {
          if (!this.#taken.has(token)) this.#proven = token;
          this.#taken.add(token);
          tokens.accepted(token, place, sentAt);
          return true;
        }
        if (refusal.meaning === 'client') this.#adobe.toldOf(authorization);
        const used: AccessToken = token;
        token = await tokens.refused(
          { place, token: used, sentAt, refusal, earlier: [...earlier] },
          { signal },
        );
        earlier.push(used);
      }
      return this.#life !== life;
    };
    const failed = (error: DcrError) => {
      // Who leaves is not failed by anybody.
      if (error.code === 'internal' || !(error instanceof DcrError))
        this.#broken(`bug: ${error} ${error.cause}`);
      return this.#life !== life;
    };
    return serve()
      .catch(failed)
      .then((served) => {
        cancel();
        if (served) this.#answered += 1;
        else this.#unanswered += 1;
        const undisturbed = this.#life === life && this.#happened === happened;
        if (undisturbed && (!served || sent > 2) && counted && this.#countsOn(proven, place)) {
          this.#broken('failed a caller, or kept him waiting, although a proven token was good all the time');
        }
        return served;
      });
  }

  /** Whether this token is good at this place, and will be for long enough. */
  #countsOn(token: AccessToken | undefined, place: Place): boolean {
    if (token === undefined) return false;
    const now = this.#time.now();
    const left = token.expiresAt - now - this.#ownClock - CALLER_PATIENCE;
    // The last ten seconds of a token are not used any more.
    return (
      left > 10_000 - CALLER_PATIENCE + 1_000 &&
      this.#adobe.refusal(token.authorization.reveal(), place, now) === undefined
    );
  }

  async #expectService(): Promise<void> {
    const served = this.#call({ route: 'cmu', path: '/cmu/a' });
    // What was sent in the last moment is answered after it.
    await this.#time.pass(CALLER_PATIENCE + API_LATENCY);
    if (!(await served)) {
      this.#broken(
        `no service although all faults ended long ago: ${JSON.stringify(this.#source?.status())}`,
      );
    }
    this.#registered.forEach((first, index) => {
      const span = (this.#registered[index + 2 * this.#causes] ?? Number.POSITIVE_INFINITY) - first;
      if (span < QUARTER) this.#broken(`more than ${2 * this.#causes} registrations in a quarter of an hour`);
    });
    if (this.#life === 1 && this.#adobe.throttled > 0)
      this.#broken(`throttled ${this.#adobe.throttled} times`);
    const { arrivals } = this.#adobe;
    for (let first = 0; first + 25 * this.#life < arrivals.length; first += 1) {
      const span = (arrivals[first + 25 * this.#life] ?? 0) - (arrivals[first] ?? 0);
      if (span < 10_000) this.#broken(`${25 * this.#life} calls within ${span} ms`);
    }
  }

  /** The client that a new process would find. */
  #clientOnDisk(): string | undefined {
    return clientIn(this.#disk.files()[`${FOLDER}/default.json`]);
  }

  /** The client that would be found after the power failed now. */
  #durableClient(): string | undefined {
    return clientIn(this.#disk.afterPowerCut({ names: false, content: 0 }).files()[`${FOLDER}/default.json`]);
  }

  #broken(promise: string): void {
    this.#violations.add(promise);
  }
}

function clientIn(content: string | undefined): string | undefined {
  return content === undefined ? undefined : /"client_id":"([^"]+)"/.exec(content)?.[1];
}
