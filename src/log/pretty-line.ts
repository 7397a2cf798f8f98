import { inspect, styleText } from 'node:util';

const STYLES = { warn: 'yellow', error: 'red', fatal: 'red' } as const;

/**
 * A line of the log as people read it in a terminal: `12:00:00.000 warn  token.rejected { ageMs: 5 }`.
 * Colours follow what the stream can show (`NO_COLOR`, `FORCE_COLOR`).
 */
export const prettyLine = (line: string, stream: NodeJS.WritableStream): string => {
  const { level, time, event, ...fields }: Record<string, unknown> = JSON.parse(line);
  const style = level === 'warn' || level === 'error' || level === 'fatal' ? STYLES[level] : 'green';
  const head = `${String(time).slice(11, 23)} ${styleText(style, String(level).padEnd(5), { stream })} ${event}`;
  if (Object.keys(fields).length === 0) return `${head}\n`;
  return `${head} ${inspect(fields, { depth: 4, breakLength: Number.POSITIVE_INFINITY })}\n`;
};
