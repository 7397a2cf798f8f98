import type { Effects } from '../../base/effects.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';
import type { TlsIdentity } from '../../proxy/listener/door.ts';
import { sameIdentity } from '../inputs/tls-identity.ts';

export interface TlsRenewalOptions {
  /** Reads the files anew. Rejects when they cannot be used. */
  readonly read: () => Promise<TlsIdentity | undefined>;
  readonly current: TlsIdentity;
  readonly effects: Pick<Effects, 'setTimer'>;
  /** The files hold another usable identity. */
  readonly onIdentity: (identity: TlsIdentity) => void;
  /** They hold something unusable; the identity in use stays. Told once until that changes. */
  readonly onProblem: (problem: Error) => void;
}

export interface TlsRenewal {
  /** Reads the files now (for SIGHUP). Never rejects. */
  check(): Promise<void>;
  close(): void;
}

/**
 * Certificates are renewed days before they end: nothing is lost by looking once a minute, and nothing can be missed, as it can by
 * watching (files that are replaced, symlinks that are swapped, mounts that tell nothing).
 */
const POLL: Milliseconds = seconds(60);

/** Takes up renewed certificates while running. A new certificate beside an old key is only half of a renewal, and waits. */
export const watchTlsIdentity = (options: TlsRenewalOptions): TlsRenewal => {
  let inUse = options.current;
  let reported: string | undefined;
  let closed = false;
  let cancelTimer = () => {};

  const check = async (): Promise<void> => {
    cancelTimer();
    try {
      const identity = await options.read();
      if (closed) return;
      reported = undefined;
      if (identity !== undefined && !sameIdentity(identity, inUse)) {
        inUse = identity;
        options.onIdentity(identity);
      }
    } catch (error) {
      if (closed) return;
      const problem = error instanceof Error ? error : new Error(String(error));
      if (problem.message !== reported) options.onProblem(problem);
      reported = problem.message;
    }
    cancelTimer();
    cancelTimer = options.effects.setTimer(POLL, () => void check());
  };

  cancelTimer = options.effects.setTimer(POLL, () => void check());
  return {
    check,
    close: () => {
      closed = true;
      cancelTimer();
    },
  };
};
