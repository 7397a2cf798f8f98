import { stat } from 'node:fs/promises';
import { type CancelTimer, type Effects, repeatedly } from '../base/effects.ts';
import { errorCode } from '../base/error-code.ts';
import { type FileDigests, FileReader, type ReadFile } from '../base/read-files.ts';
import { sentences } from '../base/sentences.ts';
import { type Milliseconds, seconds } from '../base/units.ts';
import { formatMistake } from '../config/loading/mistake.ts';
import { reloaded } from '../config/loading/reload.ts';
import type { Log } from '../log/log.ts';
import type { ReloadTally } from '../metrics/reload-tally.ts';
import { StateLockedError } from '../oauth/index.ts';
import type { ConfigSource } from './inputs/config-source.ts';
import type { Setup } from './inputs/inputs.ts';

export interface ConfigReloadOptions {
  readonly running: Setup;
  readonly source: Pick<ConfigSource, 'load' | 'digests'>;
  readonly apply: (setup: Setup) => Promise<void>;
  readonly tally: Pick<ReloadTally, 'record'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/** Takes up a changed configuration while running: the whole of it or, if anything is wrong, nothing. One at a time. */
export class ConfigReload {
  readonly #options: ConfigReloadOptions;
  #running: Setup;
  #underWay: Promise<void> | undefined;
  #wanted = false;

  constructor(options: ConfigReloadOptions) {
    this.#options = options;
    this.#running = options.running;
  }

  /** The setup that runs, changes that wait for a restart left out. */
  get running(): Setup {
    return this.#running;
  }

  /** Reads the configuration now, or once more after the reading that is under way. Never rejects. */
  request(): Promise<void> {
    this.#wanted = true;
    this.#underWay ??= this.#run().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /** From now on, changed files bring a request. @returns what ends that */
  watch(effects: Pick<Effects, 'setTimer'>): CancelTimer {
    const { source } = this.#options;
    return watchFiles({ effects, known: () => source.digests, onChange: () => this.request() });
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      await this.#reload();
    }
  }

  async #reload(): Promise<void> {
    const { source, apply, tally, log } = this.#options;
    try {
      const loaded = await source.load();
      if ('mistakes' in loaded) {
        this.#refuse('config.refused', { mistakes: loaded.mistakes.map(formatMistake) });
        return;
      }
      const { config, waiting } = reloaded(this.#running.config, loaded.config);
      const setup: Setup = { config, inputs: loaded.inputs };
      await apply(setup);
      this.#running = setup;
      tally.record('applied', waiting.length);
      for (const warning of loaded.warnings) log.warn('config.warning', { ...warning });
      if (waiting.length > 0) log.warn('config.needs-restart', { keys: waiting });
      log.info('config.reloaded');
    } catch (error) {
      if (error instanceof StateLockedError) {
        const mistake = `state.keyFile: ${sentences(error.message, error.advice)}`;
        this.#refuse('config.refused', { mistakes: [mistake] });
      } else this.#refuse('config.reload-failed', { error });
    }
  }

  /** What runs stays as it is. */
  #refuse(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.log.error(event, fields);
    this.#options.tally.record('refused', 0);
  }
}

export interface FileWatchOptions {
  readonly effects: Pick<Effects, 'setTimer'>;
  readonly known: () => FileDigests;
  /** The next look waits until this resolves. */
  readonly onChange: () => Promise<void>;
  readonly read?: ReadFile;
  /** Tells cheaply whether a file may hold something else than before. */
  readonly markOf?: (path: string) => Promise<string>;
}

/** Some mounts tell nothing of changes, so all are asked. */
const LOOK_EVERY: Milliseconds = seconds(1);
/** A file that never rests does not keep the others from being taken up. */
const MOST_LOOKS = 20;

/**
 * Notices when files hold something else than what is known of them. Editors, `kubectl` and certbot write in several
 * steps: a change counts when two looks in a row see the same.
 * @returns what ends the watch
 */
export const watchFiles = (options: FileWatchOptions): CancelTimer => {
  const { effects, known, onChange, read, markOf = statMark } = options;
  let last: FileDigests | undefined;
  let looks = 0;
  let restingMark = '';
  return repeatedly(effects, LOOK_EVERY, async (isOver) => {
    const paths = [...known().keys()];
    const mark = (await Promise.all(paths.map(markOf))).join();
    if (mark === restingMark) return;
    const reader = new FileReader(read);
    await Promise.all(paths.map((path) => reader.read(path).catch(() => {})));
    if (isOver()) return;
    const seen = reader.digests;
    const isNews = !haveSame(seen, known());
    const isSettled = isNews && ((last !== undefined && haveSame(seen, last)) || looks >= MOST_LOOKS);
    last = isNews && !isSettled ? seen : undefined;
    looks = last === undefined ? 0 : looks + 1;
    restingMark = isNews ? '' : mark;
    if (isSettled) await onChange();
  });
};

/** Follows links, such as `..data` of Kubernetes. */
const statMark = (path: string): Promise<string> =>
  stat(path).then(
    ({ dev, ino, size, ctimeMs }) => `${dev} ${ino} ${size} ${ctimeMs}`,
    (error: unknown) => errorCode(error) ?? '',
  );

const haveSame = (one: FileDigests, other: FileDigests): boolean =>
  one.size === other.size && [...one].every(([path, digest]) => other.get(path) === digest);
