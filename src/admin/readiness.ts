import type { ManagedTokenSource, TokenSourceStatus } from '../oauth/index.ts';

/** A client of Adobe, as the private listener sees it. */
export interface AdminClient {
  readonly name: string;
  readonly tokens: Pick<ManagedTokenSource, 'current' | 'status' | 'refresh'>;
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
  readonly reason: 'starting' | 'ready' | 'degraded' | 'unavailable' | 'stopping';
  readonly unready: readonly UnreadyClient[];
}

/**
 * Whether requests are to be sent here: not before each client has tried to get a token, and then while any has one. A client that is broken
 * (a revoked statement) takes nobody away from the others; who needs to know of it looks at metrics, status, or at the readiness of
 * that client alone.
 */
export const readinessOf = (
  clients: readonly AdminClient[],
  { started, stopping }: ProcessPhase,
): Readiness => {
  const statuses = clients.map(({ name, tokens }) => ({
    name,
    usable: tokens.current() !== undefined,
    status: tokens.status(),
  }));
  const ready = !stopping && started && statuses.some(({ usable }) => usable);
  return {
    ready,
    reason: stopping ? 'stopping' : reasonOf(ready, statuses),
    unready: statuses
      .filter(({ usable }) => !usable)
      .map(({ name, status: { state, lastFailure } }) => ({
        name,
        state,
        ...(lastFailure !== null && { code: lastFailure.code }),
      })),
  };
};

const reasonOf = (
  ready: boolean,
  statuses: readonly { readonly status: TokenSourceStatus }[],
): Readiness['reason'] => {
  const isAny = (state: TokenSourceStatus['state']) => statuses.some(({ status }) => status.state === state);
  if (!ready) return isAny('starting') ? 'starting' : 'unavailable';
  return statuses.every(({ status }) => status.state === 'ready') ? 'ready' : 'degraded';
};
