import { epochMs, isoTime } from '../base/units.ts';
import type { AnsweredRequest } from '../http/answered-request.ts';
import type { Log } from '../log/log.ts';

/** The access log: one line a request, at level `info`. @param now epoch milliseconds */
export const accessLog = (
  log: Pick<Log, 'enabled' | 'lines'>,
  now: () => number,
): ((answered: AnsweredRequest) => void) => {
  if (!log.enabled('info')) return () => {};
  const timeOf = timeOfDay();
  return (answered) => log.lines(accessLine(answered, timeOf(now())));
};

/**
 * Written out, since a general serialiser takes ten times as long and every request waits for it. What comes from the
 * caller is escaped; all other texts are of our own making. @param time ISO 8601
 */
const accessLine = (answered: AnsweredRequest, time: string): string => {
  const { id, method, route, target, status, cache, bytes, durationMs, upstreamMs } = answered;
  const { problem, insteadOf, caller, client, traceparent } = answered;
  return (
    `{"level":"info","time":"${time}","event":"request","id":"${id}","method":"${escaped(method)}",` +
    `"route":"${route}","target":"${escaped(target)}","status":${status},"cache":"${cache}","bytes":${bytes}` +
    (problem === undefined ? '' : `,"problem":"${problem}"`) +
    (insteadOf === undefined ? '' : `,"insteadOf":"${insteadOf}"`) +
    (caller === undefined ? '' : `,"caller":"${escaped(caller)}"`) +
    (client === undefined ? '' : `,"client":"${escaped(client)}"`) +
    (traceparent === undefined ? '' : `,"traceparent":"${escaped(traceparent)}"`) +
    `,"durationMs":${thousandths(durationMs)}` +
    (upstreamMs === undefined ? '' : `,"upstreamMs":${thousandths(upstreamMs)}`) +
    '}\n'
  );
};

/** Hardly any text needs more than the look. */
const escaped = (text: string): string =>
  /^[\x20!#-[\]-~]*$/.test(text) ? text : JSON.stringify(text).slice(1, -1);

/** Three decimals; the wall clock, which times what is upstream, may be set back. */
const thousandths = (milliseconds: number): number => Math.max(0, Math.round(milliseconds * 1000) / 1000);

/** Writes times; the same for all requests of one millisecond. */
const timeOfDay = (): ((now: number) => string) => {
  let [last, text] = [-1, ''];
  return (now) => {
    if (now !== last) [last, text] = [now, isoTime(epochMs(now))];
    return text;
  };
};
