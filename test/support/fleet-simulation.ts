import type { Effects } from '../../src/base/effects.ts';
import { epochMs, type Milliseconds, milliseconds, seconds } from '../../src/base/units.ts';
import { createFleetBudget } from '../../src/oauth/fleet/fleet-budget.ts';
import { createRedisFleetStore } from '../../src/oauth/fleet/redis-fleet-store.ts';
import type { AccessToken } from '../../src/oauth/protocol/credentials.ts';
import { createTokenBucket } from '../../src/oauth/protocol/dcr-budget.ts';
import type { DcrTransport } from '../../src/oauth/protocol/dcr-client.ts';
import { createDcrClient } from '../../src/oauth/protocol/dcr-client.ts';
import { createMemoryStore } from '../../src/oauth/state/open-store.ts';
import type { StateCodec } from '../../src/oauth/state/state-codec.ts';
import { parseSoftwareStatement } from '../../src/oauth/statement/software-statement.ts';
import { LastingTokenSource, type TokenSource } from '../../src/oauth/token/lasting-token-source.ts';
import { AdobeModel } from './adobe-model.ts';
import { diceOf } from './dice.ts';
import type { FleetHappening, FleetScenario } from './fleet-scenarios.ts';
import { jws } from './jws.ts';
import { ModelLink, RedisModel } from './redis-model.ts';
import { drained, VirtualTime } from './virtual-time.ts';

export interface FleetVerdict {
  readonly violations: readonly string[];
  readonly registrations: number;
  readonly tokenCalls: number;
  readonly restarts: number;
}

const START = Date.UTC(2024, 0, 1);
const BASE_URL = new URL('https://dcr.test/');
const STATEMENT = parseSoftwareStatement(jws({ sub: 'application' }), epochMs(START));
const DCR_TIMEOUT = seconds(10);
const REDIS_TIMEOUT = seconds(1);
const DCR_LATENCY = 580;
/** So long after a fault of Redis, what began during it may still go on: a call, a wait for the budget, a back-off. */
const AFTERMATH = 90_000;
/** Until all must have a token again: the longest back-off, the moment alone of each, and calls that time out. */
const RECOVERY = 180_000;
/** Every replica uses its token so often. */
const PACE = 500;

/** Sealed or not makes no difference here. */
const plain: StateCodec = {
  encode: async (text) => text,
  decode: async (text) => text,
  isCurrent: () => true,
};

/** Lives through a scenario with the real code of `dcr/fleet/` in each replica, over a model of Redis. Repeatable to the last step. */
export const simulateFleet = (scenario: FleetScenario, bug: RedisModel['bug'] = {}): Promise<FleetVerdict> =>
  new FleetSimulation(scenario, bug).run();

class FleetSimulation {
  readonly time = new VirtualTime(START, drained);
  readonly adobe = new AdobeModel();
  readonly redis: RedisModel;
  readonly random: () => number;
  readonly violations = new Set<string>();
  readonly replicas: Replica[];
  readonly #scenario: FleetScenario;
  /** Time of Redis and network, one way. */
  redisLatency = 2;
  /** Whether Redis can be reached at all. */
  redisUp = true;
  /** When Redis was last in trouble, or a replica could not reach it. */
  #troubledAt = Number.NEGATIVE_INFINITY;
  #troubles = 0;
  #registrar: Replica | undefined;
  restarts = 0;

  constructor(scenario: FleetScenario, bug: RedisModel['bug']) {
    this.#scenario = scenario;
    this.random = diceOf(scenario.seed);
    this.adobe.expiresIn = scenario.expiresIn;
    this.redis = new RedisModel(
      () => this.time.now(),
      (channel) => {
        for (const { link } of this.replicas) link.published(channel);
      },
      bug,
    );
    this.redis.onSaved = (fence, highest) => {
      if (fence < highest) this.broken('a late write won over a later lease');
    };
    this.replicas = Array.from({ length: scenario.replicas }, () => new Replica(this));
  }

  async run(): Promise<FleetVerdict> {
    // Nothing here waits for the event loop: let others have a turn of it.
    await new Promise((resolve) => setImmediate(resolve));
    const { happenings } = this.#scenario;
    // Some clocks are wrong from the start.
    const early = happenings.filter((it) => it.what === 'clock' && it.at < 60_000);
    for (const { apply } of early.flatMap((it) => this.#steps(it))) apply();
    for (const replica of this.replicas) replica.boot();
    const steps = happenings
      .filter((it) => !early.includes(it))
      .flatMap((it) => this.#steps(it))
      .sort((a, b) => a.at - b.at);
    let elapsed = 0;
    const advanceTo = async (end: number) => {
      while (elapsed < end) {
        const span = Math.min(PACE, end - elapsed);
        await this.time.pass(span);
        elapsed += span;
        for (const replica of this.replicas) replica.useToken();
        await drained();
      }
    };
    for (const { at, apply } of steps) {
      await advanceTo(at);
      apply();
    }
    await advanceTo(elapsed + RECOVERY);
    await this.#expectOneCredential();
    if (this.#troubles === 0 && this.adobe.throttled > 0)
      this.broken(`over the fleet's budget ${this.adobe.throttled} times`);
    for (const replica of this.replicas) await replica.close();
    return {
      violations: [...this.violations],
      registrations: this.adobe.registrations,
      tokenCalls: this.adobe.arrivals.length - this.adobe.registrations,
      restarts: this.restarts,
    };
  }

  broken(promise: string): void {
    this.violations.add(promise);
  }

  /** A registration arrives: it must be the only one, and the fleet must not have good credentials, unless it may not know of them. */
  registering(by: Replica): void {
    if (this.#isTroubled()) return;
    if (this.#registrar !== undefined && this.#registrar !== by) this.broken('two replicas register at once');
    this.#registrar = by;
    const client = clientIn(this.redis.state);
    if (client !== undefined && this.adobe.knows(client))
      this.broken('registered although the fleet has good credentials');
  }

  /** Its answer has arrived, or never will. */
  registered(by: Replica): void {
    if (this.#registrar === by) this.#registrar = undefined;
  }

  #isTroubled(): boolean {
    return this.time.now() - this.#troubledAt < AFTERMATH;
  }

  #trouble(): void {
    this.#troubles += 1;
    this.#troubledAt = this.time.now();
  }

  #steps(it: FleetHappening): { at: number; apply: () => void }[] {
    const [begin, end] = this.#effectOf(it);
    const first = { at: it.at, apply: begin };
    return 'lasts' in it ? [first, { at: it.at + it.lasts, apply: end }] : [first];
  }

  #effectOf(it: FleetHappening): readonly [() => void, () => void] {
    const none = () => {};
    const trouble = (begin: () => void, end: () => void = none) =>
      [
        () => {
          this.#trouble();
          begin();
        },
        () => {
          this.#trouble();
          end();
        },
      ] as const;
    const one = 'replica' in it ? this.replicas[it.replica % this.replicas.length] : undefined;
    switch (it.what) {
      case 'redis-cut':
        return trouble(
          () => this.#redisIs(false),
          () => this.#redisIs(true),
        );
      case 'redis-restart':
        return trouble(
          () => {
            this.redis.flush();
            this.#redisIs(false);
          },
          () => this.#redisIs(true),
        );
      case 'fail-over':
        return trouble(
          () => {
            this.redis.failOver(it.lag);
            this.#redisIs(false);
          },
          () => this.#redisIs(true),
        );
      case 'redis-full':
        return trouble(
          () => {
            this.redis.full = true;
          },
          () => {
            this.redis.full = false;
          },
        );
      case 'redis-slow':
        return trouble(
          () => {
            this.redisLatency = it.ms;
          },
          () => {
            this.redisLatency = 2;
          },
        );
      case 'replica-cut':
        return trouble(
          () => one?.link.cut(),
          () => this.redisUp && one?.link.mend(),
        );
      // A stalled holder may be taken for dead, and its call to Adobe arrive all the same.
      case 'stall':
        return trouble(() => one?.stall(it.lasts));
      // What a holder has got and not yet told dies with it.
      case 'kill':
        return trouble(() => {
          this.restarts += 1;
          one?.boot();
        });
      case 'clock':
        return [() => one?.setClock(it.by), none];
      case 'adobe':
        return [
          () => {
            this.adobe.fault = it.fault;
          },
          () => {
            if (this.adobe.fault === it.fault) this.adobe.fault = undefined;
          },
        ];
      case 'forget-clients':
        return [() => this.adobe.forgetClients(), none];
      case 'revoke-tokens':
        return [() => this.adobe.revokeTokens(), none];
    }
  }

  #redisIs(up: boolean): void {
    this.redisUp = up;
    for (const { link } of this.replicas) {
      if (up) link.mend();
      else link.cut();
    }
  }

  /** All faults are long over: everybody has a good token, and after two refreshes of each it is of one credential. */
  async #expectOneCredential(): Promise<void> {
    for (const replica of this.replicas) {
      if ((await replica.goodToken()) === undefined) this.broken('a replica has no good token in the end');
    }
    // Who refreshes first may find a token of before the last loss of credentials: the second round knows of it.
    for (const replica of [...this.replicas, ...this.replicas]) {
      let over = false;
      replica.source
        ?.refresh()
        .catch((error) => this.broken(`a refresh fails in the end: ${error}`))
        .finally(() => {
          over = true;
        });
      for (let turn = 0; turn < 240 && !over; turn += 1) await this.time.pass(250);
      if (!over) this.broken('a refresh does not end');
    }
    const clients = new Set(this.replicas.map((it) => it.source?.status().registration?.clientId));
    if (clients.size !== 1) this.broken(`${clients.size} credentials in the end: ${[...clients].join()}`);
  }
}

const clientIn = (state: string | undefined): string | undefined =>
  state === undefined ? undefined : /"client_id":"([^"]+)"/.exec(state)?.[1];

class Replica {
  source: TokenSource | undefined;
  link: ModelLink;
  readonly #world: FleetSimulation;
  /** Counts processes; what belongs to a former one is dead. */
  #life = 0;
  #clockError = 0;
  #stalledUntil = 0;

  constructor(world: FleetSimulation) {
    this.#world = world;
    this.link = this.#newLink(() => true);
  }

  /** A new process, without any state. */
  boot(): void {
    const world = this.#world;
    const life = ++this.#life;
    const alive = () => this.#life === life;
    void this.link.close();
    this.link = this.#newLink(alive);
    this.#stalledUntil = 0;
    // A clock that is set later shows at the next start.
    const clockError = this.#clockError;
    const effects: Effects = {
      now: () => epochMs(world.time.now() + clockError),
      random: world.random,
      setTimer: (delay, callback) => this.#later(alive, delay, callback),
    };
    this.source = new LastingTokenSource({
      statement: STATEMENT,
      store: createMemoryStore(),
      client: createDcrClient({
        url: BASE_URL,
        transport: this.#wire(alive),
        effects,
        userAgent: 'cmu-proxy/simulation',
        deviceInfo: {},
        registerPath: '/o/client/register',
        tokenPath: '/o/client/token',
        tokenRequestForm: 'body',
        timeoutMs: DCR_TIMEOUT,
      }),
      budget: createFleetBudget({
        link: this.link,
        prefix: 'sim',
        dcrUrl: BASE_URL,
        local: createTokenBucket(effects),
        effects,
      }),
      effects,
      onEvent: () => {},
      fleet: {
        store: createRedisFleetStore({ link: this.link, prefix: 'sim', codec: plain, effects }),
        replicas: world.replicas?.length ?? 1,
      },
    });
  }

  /** Nothing is called back before `span` is over: a long pause of the machine. */
  stall(span: number): void {
    this.#stalledUntil = this.#world.time.now() + span;
  }

  setClock(by: number): void {
    this.#clockError += by;
  }

  /** As a caller does: tells of a token that Adobe does not let in. */
  useToken(): void {
    if (this.#world.time.now() < this.#stalledUntil) return;
    const token = this.source?.current();
    if (token === undefined || this.#isGood(token)) return;
    this.source?.successor(token, { proven: true, newClient: false }).catch(() => {});
  }

  async goodToken(): Promise<AccessToken | undefined> {
    this.source?.token().catch(() => {});
    for (let turn = 0; turn < 40 && this.source?.current() === undefined; turn += 1) {
      await this.#world.time.pass(250);
    }
    const token = this.source?.current();
    return token !== undefined && this.#isGood(token) ? token : undefined;
  }

  async close(): Promise<void> {
    this.#life += 1;
    await this.source?.close();
  }

  #isGood(token: AccessToken): boolean {
    return this.#world.adobe.admits(token.authorization.reveal(), this.#world.time.now());
  }

  #newLink(alive: () => boolean): ModelLink {
    const world = this.#world;
    return new ModelLink(
      world.redis,
      {
        later: (delay, callback) => void this.#later(alive, delay, callback),
        latency: () => Math.round(world.redisLatency * (0.5 + world.random())),
        timeout: REDIS_TIMEOUT,
      },
      world.redisUp,
    );
  }

  #later(alive: () => boolean, delay: Milliseconds, callback: () => void): () => void {
    const { time } = this.#world;
    let cancel = () => {};
    const due = () => {
      if (!alive()) return;
      const left = this.#stalledUntil - time.now();
      if (left > 0) cancel = time.setTimer(milliseconds(Math.ceil(left)), due);
      else callback();
    };
    cancel = time.setTimer(milliseconds(Math.ceil(delay)), due);
    return () => cancel();
  }

  /** The network between a process and Adobe. */
  #wire(alive: () => boolean): DcrTransport {
    const { adobe, time } = this.#world;
    return (request) =>
      new Promise((resolve, reject) => {
        if (!alive()) return;
        const isRegistration = request.url.pathname.endsWith('/register');
        if (isRegistration) this.#world.registering(this);
        request.signal.addEventListener('abort', () => this.#world.registered(this), { once: true });
        const answer = adobe.receive(request, time.now());
        if (answer === undefined) return;
        this.#later(alive, milliseconds(DCR_LATENCY), () => {
          if (request.signal.aborted) return;
          this.#world.registered(this);
          if (answer instanceof Error) reject(answer);
          else resolve(answer);
        });
      });
  }
}
