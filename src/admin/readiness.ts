import type { ManagedTokenSource, TokenSourceStatus } from '../oauth/index.ts';

/** A client of Adobe, as the private listener sees it. */
export interface AdminClient {
  readonly name: string;
  /**
   * Whether it has ever had a token: its callers are answered since, with a stored report where there is nothing else.
   */
  readonly hasServed: boolean;
  readonly tokens: Pick<ManagedTokenSource, 'current' | 'status' | 'refresh' | 'registerAnew'>;
}

export interface ProcessPhase {
  /** Every client that was there at the start has tried to get a token. */
  readonly started: boolean;
  readonly stopping: boolean;
}

/** A client whose callers find no token now. */
export interface UnreadyClient {
  readonly name: string;
  readonly state: TokenSourceStatus['state'];
  /** Why the last attempt failed: a code of docs/problems.md. */
  readonly code?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly reason: 'starting' | 'ready' | 'degraded' | 'unavailable' | 'no-workers' | 'stopping';
  readonly unready: readonly UnreadyClient[];
}

/**
 * Whether this replica should get requests: not before every listener accepts and a first token is there, and then
 * while callers are answered at all. A client that is broken takes nobody away from the others, and Adobe's outage
 * takes no replica away from the reports that it has stored; metrics, status and the body tell of both.
 * @param listening processes that answer callers now
 * @param strict asks for a usable token as well
 */
export const readinessOf = (
  clients: readonly AdminClient[],
  { started, stopping }: ProcessPhase,
  listening: number,
  strict = false,
): Readiness => {
  const unready = clients.filter(({ tokens }) => tokens.current() === undefined);
  const serves = clients.some((it) => (it.hasServed && !strict) || !unready.includes(it));
  const ready = started && !stopping && listening > 0 && serves;
  const isAny = (state: TokenSourceStatus['state']) =>
    clients.some(({ tokens }) => tokens.status().state === state);
  const reason = (): Readiness['reason'] => {
    if (stopping) return 'stopping';
    if (ready) return clients.every(({ tokens }) => tokens.status().state === 'ready') ? 'ready' : 'degraded';
    if (started && serves) return 'no-workers';
    return isAny('starting') || serves ? 'starting' : 'unavailable';
  };
  return { ready, reason: reason(), unready: unready.map(unreadyClient) };
};

const unreadyClient = ({ name, tokens }: AdminClient): UnreadyClient => {
  const { state, lastFailure } = tokens.status();
  return { name, state, ...(lastFailure !== null && { code: lastFailure.code }) };
};
