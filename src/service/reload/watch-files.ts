import { stat } from 'node:fs/promises';
import { type CancelTimer, type Effects, repeatedly } from '../../base/effects.ts';
import { errorCode } from '../../base/error-code.ts';
import { type FileDigests, FileReader, type ReadFile } from '../../base/read-files.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';

export interface FileWatchOptions {
  readonly effects: Pick<Effects, 'setTimer'>;
  /** The files to watch, with what is known of each. */
  readonly known: () => FileDigests;
  /** Some file holds something else than what is known. The next look waits until this resolves. */
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
    const isNews = !isSame(seen, known());
    const isSettled = isNews && ((last !== undefined && isSame(seen, last)) || looks >= MOST_LOOKS);
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

const isSame = (one: FileDigests, other: FileDigests): boolean =>
  one.size === other.size && [...one].every(([path, digest]) => other.get(path) === digest);
