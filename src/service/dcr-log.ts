import { noticeOf } from '../admin/dcr-history.ts';
import { withIsoTimes } from '../base/units.ts';
import type { Log } from '../log/log.ts';
import type { DcrEvent } from '../oauth/index.ts';

/** Writes the life of a client's credentials and token to the log: the fields of each event, times in ISO 8601. */
export const logDcrEvent = (log: Log, client: string, event: DcrEvent): void => {
  const [level, name] = noticeOf(event);
  const { event: _, ...fields } = event;
  log.child({ client })[level](name, withIsoTimes(fields));
};
