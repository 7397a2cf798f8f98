import type { FleetStore } from '../fleet/fleet-store.ts';
import { SharedIssuer } from '../fleet/shared-issuer.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';
import { DEFAULT_POLICY, LastingTokenSource, type LifecyclePolicy } from './lasting-token-source.ts';
import { RegisteringIssuer, type RegisteringIssuerOptions } from './registering-issuer.ts';
import type { TokenSource } from './token-source.ts';

export interface TokenSourceOptions extends Omit<RegisteringIssuerOptions, 'onEvent'> {
  /** Logs and metrics hang on here. Must not throw. */
  readonly onEvent?: DcrEventListener;
  readonly policy?: Partial<LifecyclePolicy>;
  /**
   * Where there are several replicas: what they share, and how many they are at most. It is not closed with the
   * source.
   */
  readonly fleet?: { readonly store: FleetStore; readonly replicas: number } | undefined;
}

/** Makes a token source and starts it: the first token is fetched now, not at the first call. `close` it. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { fleet, effects, onEvent = () => {}, policy } = options;
  const local = new RegisteringIssuer({ ...options, onEvent });
  const issuer =
    fleet === undefined
      ? local
      : new SharedIssuer({ local, fleet: fleet.store, replicas: fleet.replicas, effects, onEvent });
  return new LastingTokenSource(issuer, effects, onEvent, { ...DEFAULT_POLICY, ...policy });
}
