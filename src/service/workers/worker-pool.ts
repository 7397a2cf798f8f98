import cluster, { type Worker } from 'node:cluster';
import type { UpstreamNotes } from '../../admin/telemetry.ts';
import { type CancelTimer, type Effects, repeatedly } from '../../base/effects.ts';
import { after, between, type EpochMs, milliseconds, seconds } from '../../base/units.ts';
import type { ReportCacheContents } from '../../cache/store/report-cache.ts';
import type { Log } from '../../log/log.ts';
import type { TrafficCounts } from '../../metrics/traffic.ts';
import type { ToBorrower, ToLender } from '../../oauth/index.ts';

/** From the process that holds the credentials to one that answers callers. */
export type ToWorker =
  | ToBorrower
  /** Read the configuration anew. */
  | { readonly kind: 'reload'; readonly ask: number }
  /** Forget the reports whose path and query begin so. */
  | { readonly kind: 'purge'; readonly ask: number; readonly path: string }
  /** Connections that are open end with their next answers. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'stop' };

/** And back. */
export type FromWorker =
  /** It answers callers, and takes messages from now on. */
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'not-started'; readonly code: string | undefined; readonly message: string }
  | ToLender
  /** What a message with an `ask` was to do is done; `result` counts what it was done to. */
  | { readonly kind: 'done'; readonly ask: number; readonly result: number }
  /** Whole lines of the log. */
  | { readonly kind: 'lines'; readonly text: string }
  /** What it has done since it last reported. */
  | {
      readonly kind: 'report';
      /** Requests taken up, and refused for want of connections or time. */
      readonly opened: number;
      readonly shed: number;
      readonly traffic: TrafficCounts;
      readonly noted: UpstreamNotes;
      /** As it is now; `undefined` if the cache is off. */
      readonly cache: ReportCacheContents | undefined;
    };

export interface WorkerPoolOptions {
  readonly size: number;
  readonly onMessage: (message: FromWorker, worker: PoolWorker) => void;
  readonly effects: Pick<Effects, 'now' | 'setTimer'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/** A worker that ends is replaced after this long, twice as long each time in a row; */
const FIRST_PAUSE = seconds(1);
const LONGEST_PAUSE = seconds(30);
/** one that has lived so long was well. */
const LONG_LIFE = seconds(60);
/** Workers are listened to this often. Each reports five times a second; */
const LISTEN_EVERY = seconds(2);
/** one that was silent so often in a row is stuck. Counted, not timed: clocks jump. */
const MOST_SILENCES = 10;
/** What stopping may take beyond the grace of the requests in flight. */
const STOP_MARGIN = seconds(2);

/** @param code as Node has it: `EADDRINUSE` */
const startError = (message: string, code?: string): Error =>
  Object.assign(new Error(message), { name: 'WorkerStartError', code });

export interface PoolWorker {
  readonly pid: number | undefined;
  send(message: ToWorker): void;
  /** That of its process, as it last told. */
  cache: ReportCacheContents | undefined;
  readonly worker: Worker;
  readonly startedAt: EpochMs;
  /** Of the configuration, when it was started. */
  readonly reloads: number;
  /** How often it was silent since it last said something. */
  silences: number;
  /** Questions that it owes an answer. */
  readonly owed: Map<number, (result: number) => void>;
}

/**
 * Keeps a number of processes of this program running that answer callers on one port (`node:cluster`), each of which
 * is told by its environment that it is one. One that ends is replaced.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #members = new Set<PoolWorker>();
  /** They answer callers, and take messages. */
  readonly #listening = new Set<PoolWorker>();
  readonly #started = Promise.withResolvers<string>();
  /** Resolves with the base URL once all listen. @throws `WorkerStartError` when one cannot */
  readonly started = this.#started.promise;
  #reloads = 0;
  #questions = 0;
  #pause = FIRST_PAUSE;
  #ended = 0;
  #stopping = false;
  readonly #cancelListening: CancelTimer;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.started.catch(() => {});
    cluster.setupPrimary({ serialization: 'advanced' });
    this.#cancelListening = repeatedly(options.effects, LISTEN_EVERY, () => this.#endTheSilent());
    for (let count = 0; count < options.size; count += 1) this.#fork();
  }

  /** All that have not ended, listening or not. */
  get members(): ReadonlySet<PoolWorker> {
    return this.#members;
  }

  /** How many answer callers now. */
  get listening(): number {
    return this.#listening.size;
  }

  /** How many have ended since the start without being told to. */
  get ended(): number {
    return this.#ended;
  }

  /** Has every worker do something. @returns what they count, added up; who ends meanwhile counts for nothing */
  async ask(message: { kind: 'reload' } | { kind: 'purge'; path: string }): Promise<number> {
    if (message.kind === 'reload') this.#reloads += 1;
    const ask = ++this.#questions;
    const answers = Array.from(this.#listening, (member) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      member.owed.set(ask, resolve);
      member.send({ ...message, ask });
      return promise;
    });
    return (await Promise.all(answers)).reduce((sum, result) => sum + result, 0);
  }

  drain(): void {
    for (const member of this.#listening) member.send({ kind: 'drain' });
  }

  /** Resolves when all have ended. @param graceMs for the requests in flight */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelListening();
    const gone = Array.from(this.#members, async (member) => {
      const left = new Promise((resolve) => member.worker.once('exit', resolve));
      if (this.#listening.has(member)) member.send({ kind: 'stop' });
      else member.worker.process.kill();
      await left;
    });
    const cancel = this.#options.effects.setTimer(milliseconds(graceMs + STOP_MARGIN), () => {
      for (const { worker } of this.#members) worker.process.kill('SIGKILL');
    });
    await Promise.all(gone);
    cancel();
  }

  /** Ends workers that are stuck, so that others take their place. */
  #endTheSilent(): void {
    for (const member of this.#listening) {
      member.silences += 1;
      if (member.silences <= MOST_SILENCES) continue;
      this.#options.log.error('worker.stuck', { pid: member.pid });
      member.worker.process.kill('SIGKILL');
    }
  }

  #fork(): void {
    const worker = cluster.fork();
    const member: PoolWorker = {
      worker,
      cache: undefined,
      startedAt: this.#options.effects.now(),
      silences: 0,
      owed: new Map(),
      reloads: this.#reloads,
      pid: worker.process.pid,
      // A worker that has just ended takes no messages; its `exit` says so.
      send: (message) => void (worker.isConnected() && worker.send(message)),
    };
    this.#members.add(member);
    worker.on('message', (message: FromWorker) => this.#take(message, member));
    worker.once('exit', (code: number | null, signal: string | null) => this.#left(member, code, signal));
    worker.on('error', (error) => this.#options.log.warn('worker.problem', { error, pid: member.pid }));
  }

  #take(message: FromWorker, member: PoolWorker): void {
    member.silences = 0;
    switch (message.kind) {
      case 'listening':
        this.#listening.add(member);
        this.#options.onMessage(message, member);
        if (this.#stopping) member.send({ kind: 'stop' });
        else if (member.reloads < this.#reloads) member.send({ kind: 'reload', ask: 0 });
        this.#options.log.info('worker.listening', { pid: member.pid });
        if (this.#listening.size === this.#options.size) this.#started.resolve(message.url);
        return;
      case 'not-started':
        this.#options.log.error('worker.not-started', { pid: member.pid, reason: message.message });
        this.#started.reject(startError(message.message, message.code));
        return;
      case 'done':
        member.owed.get(message.ask)?.(message.result);
        member.owed.delete(message.ask);
        return;
      default:
        this.#options.onMessage(message, member);
    }
  }

  #left(member: PoolWorker, code: number | null, signal: string | null): void {
    this.#members.delete(member);
    this.#listening.delete(member);
    for (const answer of member.owed.values()) answer(0);
    if (this.#stopping) return;
    this.#ended += 1;
    this.#started.reject(startError(`A worker ended with ${signal ?? code}`));
    const now = this.#options.effects.now();
    if (between(member.startedAt, now) >= LONG_LIFE) this.#pause = FIRST_PAUSE;
    this.#options.log.error('worker.ended', {
      pid: member.pid,
      code,
      signal,
      nextStartAt: after(now, this.#pause),
    });
    this.#options.effects.setTimer(this.#pause, () => {
      if (!this.#stopping) this.#fork();
    });
    this.#pause = milliseconds(Math.min(2 * this.#pause, LONGEST_PAUSE));
  }
}
