import { systemEffects } from '../base/effects.ts';
import { programVersion } from '../base/version.ts';
import type { Environment } from '../config/loading/environment.ts';
import type { Log } from '../log/log.ts';

import { openTracing, type Tracing } from '../tracing/open-tracing.ts';

/** Reports matter more than their traces: without the packages for them the proxy runs all the same. */
export const wantedTracing = async (
  env: Environment,
  log: Pick<Log, 'warn'>,
): Promise<Tracing | undefined> => {
  try {
    return await openTracing(env, programVersion(), systemEffects.now);
  } catch (error) {
    log.warn('tracing.unavailable', { error });
    return undefined;
  }
};
