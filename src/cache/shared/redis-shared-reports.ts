import { type KeyObject, randomUUID } from 'node:crypto';
import type { Effects } from '../../base/effects.ts';
import { after, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import { remainingFreshness, usableUntil } from '../policy/stored-freshness.ts';
import { Allowance } from '../store/allowance.ts';
import type { StoredResponse } from '../store/stored-response.ts';
import { Circuit } from './circuit.ts';
import { Generation } from './generation.ts';
import { type ReportSeal, reportSeals, SEAL_BYTES } from './report-seal.ts';
import { isShareable, packReport, unpackReport } from './shared-form.ts';
import { END, LOOK, SAVE } from './shared-report-scripts.ts';
import type { LookOutcome, SaveOutcome, SharedEntry, SharedReports, TurnEnd } from './shared-reports.ts';

/** What is called as a setting of `redis.reports` means the same. */
export interface RedisSharedReportsOptions {
  readonly link: RedisLink;
  readonly prefix: string;
  readonly fleetKey: KeyObject;
  readonly maxEntryBytes: number;
  readonly lookupMs: Milliseconds;
  /** A lease lasts as long: so long a dead holder holds the others up. */
  readonly waitMs: Milliseconds;
  readonly effects: Effects;
  readonly traffic: {
    looked(outcome: LookOutcome): void;
    saved(outcome: SaveOutcome): void;
  };
}

/** Should a notification get lost: those who wait look first so soon, then ever more seldom. */
const FIRST_POLL = 100;
const LONGEST_POLL = 1000;
/** After a fetch that gave nothing to share, whoever comes fetches for himself. */
const UNSHARED_FOR: Milliseconds = seconds(5);
/** Head, version and seal of a report come on top of its body. */
const MOST_BESIDES_BODY = 300 * 1024;
/** Largest bodies on their way to a slow store at the same time; more are not shared. */
const SAVES_AT_ONCE = 4;

/** The shared level in Redis or Valkey, for all routes of one process: they share what is known of its health. */
export class RedisSharedReports implements SharedReports {
  readonly options: RedisSharedReportsOptions;
  readonly circuit = new Circuit();
  readonly saving: Allowance;
  readonly generation: Generation;
  readonly #seals: ReturnType<typeof reportSeals>;

  constructor(options: RedisSharedReportsOptions) {
    this.options = options;
    this.generation = new Generation(options.link, options.prefix, options.effects);
    this.#seals = reportSeals(options.fleetKey);
    this.saving = new Allowance(SAVES_AT_ONCE * (options.maxEntryBytes + MOST_BESIDES_BODY));
  }

  entry(key: string): SharedEntry {
    const generation = this.generation.current;
    return new RedisEntry(this, generation === undefined ? undefined : this.#seals(generation, key));
  }
}

type IsGood = (copy: StoredResponse) => boolean;

class RedisEntry implements SharedEntry {
  readonly #shared: RedisSharedReports;
  readonly #seal: ReportSeal | undefined;
  readonly #keys: readonly string[];
  readonly #channel: string;
  readonly #id = randomUUID();
  #hasTurn = false;

  /** @param seal of this report; `undefined` while nothing may be taken from the store */
  constructor(shared: RedisSharedReports, seal: ReportSeal | undefined) {
    this.#shared = shared;
    this.#seal = seal;
    const base = `${shared.options.prefix}:{${seal?.name ?? ''}}`;
    this.#keys = [`${base}:report`, `${base}:lease`];
    this.#channel = `${base}:fetched`;
  }

  async find(isGood: IsGood, signal: AbortSignal): Promise<StoredResponse | undefined> {
    const { effects, link, waitMs } = this.#shared.options;
    const until = after(effects.now(), waitMs);
    let watch: ChangeWatch | undefined;
    let unwatch: (() => void) | undefined;
    /** Of the first look: it is no good, but better than none. */
    let copy: StoredResponse | undefined;
    try {
      for (let poll = FIRST_POLL; ; poll = Math.min(2 * poll, LONGEST_POLL)) {
        const isFirst = watch === undefined;
        const look = await this.#look(isFirst);
        if (typeof look === 'string') return this.#found(look, copy);
        if (look.copy !== undefined && isGood(look.copy))
          return this.#found(isFirst ? 'hit' : 'waited', look.copy);
        if (isFirst) copy = look.copy;
        if (look.leaseLeft <= 0) return this.#found(look.damaged ? 'invalid' : 'miss', copy);
        watch ??= new ChangeWatch();
        unwatch ??= link.watch(this.#channel, watch.tell);
        const limit = Math.min(poll, look.leaseLeft + 1, until - effects.now());
        await watch.next(effects, milliseconds(limit), signal);
        if (signal.aborted || effects.now() >= until) return this.#found('gave-up', copy);
      }
    } finally {
      unwatch?.();
    }
  }

  save(report: StoredResponse): void {
    const { traffic } = this.#shared.options;
    const hadTurn = this.#hasTurn;
    this.#hasTurn = false;
    void this.#save(report).then((outcome) => {
      traffic.saved(outcome);
      this.#hasTurn = hadTurn && (outcome === 'not-shareable' || outcome === 'skipped');
      this.end('nothing-to-share');
    });
  }

  end(how: TurnEnd): void {
    if (this.#seal === undefined || (!this.#hasTurn && how !== 'gone')) return;
    this.#hasTurn = false;
    const args = [this.#id, how === 'left' ? 0 : UNSHARED_FOR, how === 'gone' ? 1 : 0, this.#channel];
    // A store that is not told knows by itself when the lease is over.
    this.#shared.options.link.run(END, this.#keys, args).catch(() => {});
  }

  async #save(report: StoredResponse): Promise<SaveOutcome> {
    const { link, effects, maxEntryBytes } = this.#shared.options;
    const { circuit, saving } = this.#shared;
    const now = effects.now();
    const keepFor = usableUntil(report.freshness) - now;
    if (!isShareable(report) || report.content.length > maxEntryBytes || keepFor < 1) return 'not-shareable';
    if (this.#seal === undefined || !circuit.allows(now)) return 'skipped';
    const sealed = this.#seal.seal(packReport(report));
    if (!saving.take(sealed.length)) return 'skipped';
    try {
      const since = Math.max(0, now - report.freshness.responseTime);
      const freshFor = Math.max(0, remainingFreshness(report.freshness, now));
      const times = [since, Math.floor(freshFor), Math.ceil(keepFor)];
      const saved = await link.runBinary(SAVE, this.#keys, [sealed, ...times, this.#channel, this.#id]);
      circuit.succeeded();
      return saved === 1 ? 'saved' : 'superseded';
    } catch {
      circuit.failed(effects.now(), now);
      return 'error';
    } finally {
      saving.give(sealed.length);
    }
  }

  #found(outcome: LookOutcome, copy: StoredResponse | undefined): StoredResponse | undefined {
    this.#shared.options.traffic.looked(outcome);
    return copy;
  }

  /** @param wantsStale whether a copy past its lifetime is of use */
  async #look(wantsStale: boolean): Promise<ReportLook | 'skipped' | 'timeout' | 'error'> {
    const { link, effects, maxEntryBytes, lookupMs, waitMs } = this.#shared.options;
    const { circuit } = this.#shared;
    const seal = this.#seal;
    const begunAt = effects.now();
    if (seal === undefined || !circuit.allows(begunAt)) return 'skipped';
    const most = maxEntryBytes + MOST_BESIDES_BODY + SEAL_BYTES;
    const asked = link.runBinary(LOOK, this.#keys, [this.#id, waitMs, most, wantsStale ? 1 : 0]).then(
      (reply) => readLook(reply, seal, effects.now()) ?? ('error' as const),
      () => 'error' as const,
    );
    const limit = Promise.withResolvers<'timeout'>();
    const cancel = effects.setTimer(lookupMs, () => limit.resolve('timeout'));
    const answer = await Promise.race([asked, limit.promise]);
    cancel();
    if (answer === 'error' || answer === 'timeout') circuit.failed(effects.now(), begunAt);
    else circuit.succeeded();
    if (answer === 'timeout') this.#giveBackLater(asked);
    else if (answer !== 'error') this.#hasTurn = answer.ours;
    return answer;
  }

  /** An answer that came too late may have given us a turn that we do not use. */
  #giveBackLater(asked: Promise<ReportLook | 'error'>): void {
    void asked.then((late) => {
      if (late === 'error' || !late.ours) return;
      this.#hasTurn = true;
      this.end('left');
    });
  }
}

/** Somebody who waits for a change, and does not miss one that comes while he looks at the last. */
export class ChangeWatch {
  #change = Promise.withResolvers<void>();

  readonly tell = (): void => this.#change.resolve();

  /** Resolves with the next change since the last call, after `limit` at the latest, or when `signal` aborts. */
  async next(effects: Pick<Effects, 'setTimer'>, limit: Milliseconds, signal: AbortSignal): Promise<void> {
    const cancel = effects.setTimer(limit, this.tell);
    signal.addEventListener('abort', this.tell);
    if (signal.aborted) this.tell();
    await this.#change.promise;
    cancel();
    signal.removeEventListener('abort', this.tell);
    this.#change = Promise.withResolvers();
  }
}

type ReportLook = NonNullable<ReturnType<typeof readLook>>;

/** Reads the reply of the script `LOOK`; `undefined` for what is none. */
function readLook(reply: unknown, seal: ReportSeal, now: EpochMs) {
  if (!Array.isArray(reply)) return undefined;
  const [sealed, elapsed, ours, left]: readonly unknown[] = reply;
  if (!Buffer.isBuffer(sealed) || typeof elapsed !== 'number' || typeof left !== 'number') return undefined;
  const plain = sealed.length === 0 ? undefined : seal.open(sealed);
  const copy = plain && unpackReport(plain, milliseconds(elapsed), now);
  return {
    /** What is shared, if it is a report of ours. */
    copy,
    /** Something is there, and it is none. */
    damaged: sealed.length > 0 && copy === undefined,
    ours: ours === 1,
    /** Time until the lease of another replica ends, which is fetching it; 0 where nobody is to be waited for. */
    leaseLeft: milliseconds(left),
  };
}
