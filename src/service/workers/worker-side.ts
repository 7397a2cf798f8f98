import type { Telemetry } from '../../admin/telemetry.ts';
import { systemEffects } from '../../base/effects.ts';
import type { ReportCacheContents } from '../../cache/store/report-cache.ts';
import type { Log } from '../../log/log.ts';
import { type DcrEvent, TokenLender } from '../../oauth/index.ts';
import type { PublicSide } from '../public-side.ts';
import type { ConfigReload } from '../reload.ts';
import { bringsToken, type RunningClient } from '../running/running-client.ts';
import type { RunningService } from '../running/running-service.ts';
import { type FromWorker, type PoolWorker, WorkerPool } from './worker-pool.ts';

export interface WorkerSideOptions {
  readonly reload: Pick<ConfigReload, 'running'>;
  readonly service: Pick<RunningService, 'clients'>;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/**
 * The public side in processes of their own, which get their tokens from here and tell here what they do. None of
 * them registers, refreshes or writes state: of those there is one of each, however many workers there are.
 */
export class WorkerSide implements PublicSide {
  readonly pool: WorkerPool;
  readonly #options: WorkerSideOptions;
  readonly #lenders = new WeakMap<RunningClient, TokenLender>();
  /** Clients whose new statement has brought no token yet. */
  readonly #changing = new Set<string>();
  #opened = 0;
  #shed = 0;
  #tokens = 0;

  constructor(options: WorkerSideOptions) {
    this.#options = options;
    this.pool = new WorkerPool({
      size: options.reload.running.config.listen.workers,
      onMessage: (message, worker) => this.#take(message, worker),
      effects: systemEffects,
      log: options.log,
    });
  }

  get url(): Promise<string> {
    return this.pool.started;
  }

  /** How many requests the workers have taken up since the start. */
  opened(): number {
    return this.#opened;
  }

  shed(): number {
    return this.#shed;
  }

  caches(): readonly ReportCacheContents[] {
    return Array.from(this.pool.members).flatMap(({ cache }) => cache ?? []);
  }

  /**
   * Has the workers read the configuration, and all files that it names. Their routes are told apart by statements, so
   * that a new one waits for its first token.
   */
  async become(): Promise<void> {
    for (const client of this.#options.service.clients) this.#lenderOf(client);
    if (this.#changing.size === 0) await this.pool.ask({ kind: 'reload' });
  }

  dcrEvent(client: string, event: DcrEvent): void {
    // The source tells of a token before it gives it.
    setImmediate(() => this.#lenderNamed(client)?.look());
    if (event.event === 'statement-replaced') this.#changing.add(client);
    else if (bringsToken(event) && this.#changing.delete(client)) void this.become();
  }

  drain(): void {
    this.pool.drain();
  }

  cut(): void {}

  close(): Promise<void> {
    return this.pool.stop(this.#options.reload.running.config.shutdown.graceMs);
  }

  #take(message: FromWorker, worker: PoolWorker): void {
    switch (message.kind) {
      case 'listening':
        for (const client of this.#options.service.clients) this.#lenderOf(client).look(worker);
        return;
      case 'ask':
        this.#lenderNamed(message.client)?.asked(message, worker);
        return;
      case 'lines':
        this.#options.log.lines(message.text);
        return;
      case 'report':
        this.#opened += message.opened;
        this.#shed += message.shed;
        this.#options.telemetry.add(message.traffic, message.noted);
        worker.cache = message.cache;
    }
  }

  #lenderNamed(name: string): TokenLender | undefined {
    const client = this.#options.service.clients.find((it) => it.name === name);
    return client && this.#lenderOf(client);
  }

  /** That of a client which has just come gives its token, if there is one, to everybody. */
  #lenderOf(client: RunningClient): TokenLender {
    const known = this.#lenders.get(client);
    if (known !== undefined) return known;
    const lender = new TokenLender(client.name, client.tokens, this.pool.members, () => ++this.#tokens);
    this.#lenders.set(client, lender);
    lender.look();
    return lender;
  }
}
