import { createHash } from 'node:crypto';
import type { CancelTimer, Effects } from '../../base/effects.ts';
import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { type WatchFolder, watchFolderOf } from '../../base/watch-folder.ts';
import { parseSoftwareStatement, type SoftwareStatement } from './software-statement.ts';
import { StatementError } from './statement-error.ts';
import { type ReadStatement, readStatementBytes, readStatementText } from './statement-file.ts';

export interface StatementWatchOptions {
  readonly path: string;
  /** The statement in use: nothing is reported while the file holds it. */
  readonly current: SoftwareStatement;
  readonly effects: Effects;
  /** The file holds another usable statement. */
  readonly onStatement: (statement: SoftwareStatement) => void;
  /** The file is missing or holds something unusable; the statement in use stays. Told once for each content. */
  readonly onProblem: (problem: StatementError) => void;
  readonly read?: ReadStatement;
  readonly watchFolder?: WatchFolder;
  /** After a change, the file is read when nothing has changed for this long. */
  readonly settle?: Milliseconds;
  /** The file is read this often without any sign of a change. */
  readonly poll?: Milliseconds;
}

export interface StatementWatch {
  /** Reads the file now (for SIGHUP). */
  check(): Promise<void>;
  close(): void;
}

const SETTLE: Milliseconds = milliseconds(200);
const POLL: Milliseconds = seconds(30);
/** A file that is being written looks broken for a moment: what is broken is read once more before it is reported. */
const SECOND_LOOK: Milliseconds = seconds(1);

/** Notices a changed statement file while running. */
export function watchStatementFile(options: StatementWatchOptions): StatementWatch {
  const {
    path,
    effects,
    onStatement,
    onProblem,
    read = readStatementBytes,
    settle = SETTLE,
    poll = POLL,
  } = options;
  let inUse = options.current.fingerprint;
  let suspect: string | undefined;
  let reported: string | undefined;
  let cancelTimer: CancelTimer = () => {};
  let closed = false;

  const plan = (delay: Milliseconds) => {
    cancelTimer();
    if (!closed) cancelTimer = effects.setTimer(delay, () => void check());
  };

  const look = async (): Promise<
    SoftwareStatement | { readonly problem: StatementError; readonly key: string }
  > => {
    let content = '';
    try {
      content = await readStatementText(path, read);
      return parseSoftwareStatement(content, effects.now());
    } catch (error) {
      const problem =
        error instanceof StatementError
          ? error
          : new StatementError('unreadable', 'The software statement cannot be examined', { cause: error });
      return { problem, key: `${problem.code}:${createHash('sha256').update(content).digest('hex')}` };
    }
  };

  const check = async (): Promise<void> => {
    const seen = await look();
    if (closed) return;
    if (!('problem' in seen)) {
      suspect = undefined;
      reported = undefined;
      plan(poll);
      if (seen.fingerprint === inUse) return;
      inUse = seen.fingerprint;
      onStatement(seen);
      return;
    }
    const { problem, key } = seen;
    if (key !== suspect) {
      suspect = key;
      plan(SECOND_LOOK);
      return;
    }
    plan(poll);
    if (key === reported) return;
    reported = key;
    onProblem(problem);
  };

  const unwatch = (options.watchFolder ?? watchFolderOf)(path, () => plan(settle));
  plan(poll);
  return {
    check,
    close: () => {
      closed = true;
      cancelTimer();
      unwatch();
    },
  };
}
