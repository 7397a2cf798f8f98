import { between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';

export type RegistrationCause =
  /** There were no credentials for this statement, or they had ended. */
  | 'none'
  /** The token endpoint refused them. */
  | 'rejected'
  /** The API said that the client is no longer good. */
  | 'api'
  /** A person asked for it. */
  | 'hand';

/** A registration that was made, by our clock. Those that brought a token do not count any more, save for the API's. */
export interface Registration {
  readonly at: EpochMs;
  readonly cause: RegistrationCause;
}

/** Within this time the API's word leads to one registration, the token endpoint's to two. */
const SPAN: Milliseconds = seconds(15 * 60);
/** A server may be slow to know a new client: before, its credentials are tried again instead. */
const PATIENCE: Milliseconds = seconds(60);
export const MOST_REGISTRATIONS = 4;

/**
 * How long a registration has to wait, so that no loop of refusals becomes one of registrations.
 * @param made those of the present streak, the newest last
 */
export function registrationWait(
  cause: RegistrationCause,
  made: readonly Registration[],
  now: EpochMs,
): Milliseconds {
  const until = (at: EpochMs, span: Milliseconds) => Math.max(0, span - Math.max(0, between(at, now)));
  if (cause === 'none' || cause === 'hand') return milliseconds(0);
  if (cause === 'api') {
    const last = made.findLast((it) => it.cause === 'api');
    return milliseconds(last === undefined ? 0 : until(last.at, SPAN));
  }
  const [beforeLast, last] = [made.at(-2), made.at(-1)];
  const settling = last === undefined ? 0 : until(last.at, PATIENCE);
  return milliseconds(settling > 0 || beforeLast === undefined ? settling : until(beforeLast.at, SPAN));
}

/** One from the future was made under a clock that is not ours, and counts from now. */
export const byOurClock = (made: readonly Registration[], now: EpochMs): readonly Registration[] =>
  made.map((it) => (it.at > now ? { ...it, at: now } : it));

/** What is left of them once a client of theirs has got a token: the API may refuse it all the same. */
export const afterSuccess = (made: readonly Registration[]): readonly Registration[] =>
  made.filter(({ cause }) => cause === 'api').slice(-1);
