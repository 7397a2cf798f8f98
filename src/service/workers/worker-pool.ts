import cluster, { type Worker } from 'node:cluster';
import { type CancelTimer, type Effects, repeatedly } from '../../base/effects.ts';
import { after, between, type EpochMs, milliseconds, seconds } from '../../base/units.ts';
import type { Log } from '../../log/log.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** What the pool's owner has to do with a worker. */
export interface WorkerLink {
  readonly pid: number | undefined;
  send(message: ToWorker): void;
}

export interface WorkerPoolOptions {
  readonly size: number;
  readonly onMessage: (message: FromWorker, worker: WorkerLink) => void;
  /** It has ended: no message comes from it any more. */
  readonly onLeft: (worker: WorkerLink) => void;
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

export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError';
  /** As Node has it: `EADDRINUSE`. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

interface Member extends WorkerLink {
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
  readonly #members = new Map<number, Member>();
  /** They answer callers, and take messages. */
  readonly #listening = new Set<Member>();
  readonly #started = Promise.withResolvers<string>();
  #reloads = 0;
  #questions = 0;
  #pause = FIRST_PAUSE;
  #ended = 0;
  #stopping = false;
  readonly #cancelListening: CancelTimer;
  #allGone: (() => void) | undefined;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    cluster.setupPrimary({ serialization: 'advanced' });
    this.#cancelListening = repeatedly(options.effects, LISTEN_EVERY, () => this.#endTheSilent());
    for (let count = 0; count < options.size; count += 1) this.#fork();
  }

  /**
   * Resolves with the base URL once all listen.
   * @throws {WorkerStartError} when one cannot
   */
  get started(): Promise<string> {
    return this.#started.promise;
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
    if (this.#members.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
    for (const member of this.#members.values()) {
      if (this.#listening.has(member)) member.send({ kind: 'stop' });
      else member.worker.process.kill();
    }
    const cancel = this.#options.effects.setTimer(milliseconds(graceMs + STOP_MARGIN), () => {
      for (const { worker } of this.#members.values()) worker.process.kill('SIGKILL');
    });
    await gone;
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
    const member: Member = {
      worker,
      startedAt: this.#options.effects.now(),
      silences: 0,
      owed: new Map(),
      reloads: this.#reloads,
      pid: worker.process.pid,
      // A worker that has just ended takes no messages; its `exit` says so.
      send: (message) => void (worker.isConnected() && worker.send(message)),
    };
    this.#members.set(worker.id, member);
    worker.on('message', (message: FromWorker) => this.#take(message, member));
    worker.once('exit', (code: number | null, signal: string | null) => this.#left(member, code, signal));
    worker.on('error', (error) => this.#options.log.warn('worker.problem', { error, pid: member.pid }));
  }

  #take(message: FromWorker, member: Member): void {
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
        this.#started.reject(new WorkerStartError(message.message, message.code));
        return;
      case 'done':
        member.owed.get(message.ask)?.(message.result);
        member.owed.delete(message.ask);
        return;
      default:
        this.#options.onMessage(message, member);
    }
  }

  #left(member: Member, code: number | null, signal: string | null): void {
    this.#members.delete(member.worker.id);
    this.#listening.delete(member);
    for (const answer of member.owed.values()) answer(0);
    this.#options.onLeft(member);
    if (this.#stopping) {
      if (this.#members.size === 0) this.#allGone?.();
      return;
    }
    this.#ended += 1;
    this.#started.reject(new WorkerStartError(`A worker ended with ${signal ?? code}`, undefined));
    this.#started.promise.catch(() => {});
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
