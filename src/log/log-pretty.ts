import { inspect, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const LEVEL_STYLES: Readonly<Record<string, Style>> = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: ['red', 'bold'],
};

/**
 * A JSON log line as a person reads it in a terminal: `12:00:00.000 info  token.refreshed expiresAt=…`.
 * Colours follow what `stream` can show (`NO_COLOR`, `FORCE_COLOR`). What is not a JSON object is passed on as it is.
 */
export function prettyLine(line: string, stream: NodeJS.WritableStream): string {
  const record = parse(line);
  if (record === undefined) return line;
  const { level, time, event, error, ...fields } = record;
  const paint = (style: Style, text: string): string => styleText(style, text, { stream });
  const head = [
    paint('dim', String(time).slice(11, 23)),
    paint(LEVEL_STYLES[String(level)] ?? 'white', String(level).padEnd(5)),
    paint('bold', String(event)),
  ];
  const tail = Object.entries(fields).map(([name, value]) => `${paint('cyan', `${name}=`)}${show(value)}`);
  return `${[...head, ...tail].join(' ')}\n${error === undefined ? '' : prettyError(error)}`;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null ? { ...record } : undefined;
  } catch {
    return undefined;
  }
}

const show = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value)
    ? value
    : inspect(value, { breakLength: Infinity, depth: 4 });

function prettyError(error: unknown): string {
  const text = inspect(error, { depth: 4, breakLength: 100 });
  return `${text.replace(/^/gm, '    ')}\n`;
}
