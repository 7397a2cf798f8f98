import { randomBytes } from 'node:crypto';
import type { Telemetry } from '../admin/telemetry.ts';
import { systemEffects } from '../base/effects.ts';
import type { Log } from '../log/log.ts';
import type { RequestHead } from '../proxy/gate/request-head.ts';
import { Gateway } from '../proxy/gateway.ts';
import type { Traces } from '../tracing/traces.ts';
import { accessLog } from './access-log.ts';

export interface GatewayWatchers {
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly traces: Traces | undefined;
  /** For request ids, where there are several processes. */
  readonly instance?: string;
}

/** A gateway that serves nothing yet, and tells log, metrics and traces of what it does. */
export const openGateway = ({ telemetry, log, traces, instance = '' }: GatewayWatchers): Gateway => {
  const elapsed = () => performance.now();
  const access = accessLog(log, systemEffects.now);
  return new Gateway({
    routes: [],
    callers: { allowedHosts: new Set() },
    now: systemEffects.now,
    elapsed,
    ...(traces === undefined ? {} : { onOpened: (head: RequestHead) => traces.opened(head) }),
    onAnswered: (answered) => {
      telemetry.traffic.answered(answered);
      traces?.answered(answered);
      access(answered);
    },
    onFetched: (outcome) => telemetry.fetched(outcome),
    instance,
    loopId: randomBytes(6).toString('hex'),
  });
};
