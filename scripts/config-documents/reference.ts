import type { TObject, TSchema } from 'typebox';
import {
  defaultOf,
  expectationOf,
  isEntryList,
  isSection,
  keyword,
  type Setting,
  settingsOf,
  variableOf,
} from '../../src/config/settings/settings.ts';
import { capitalised } from './default-yaml.ts';

const HEAD = `# Configuration

<!-- Written by \`npm run docs\` from src/config/. Do not edit. -->

Every setting has a default, and can be given in two ways:

- in a YAML file, named by \`--config FILE\` or \`CMU_PROXY_CONFIG\`.
  [\`config/default.yaml\`](../config/default.yaml) has every key;
  [\`config/schema.json\`](../config/schema.json) gives editors completion and checks;
- as an environment variable: \`listen.port\` is \`CMU_PROXY_LISTEN_PORT\`. Lists of texts are separated by commas,
  mappings are JSON. **The environment wins over the file**; an empty variable counts as not set.

Secrets can also be read from a file, which the key ending in \`File\` (variable: \`…_FILE\`) names. Prefer that:
process lists and pod descriptions show variables.

All mistakes are reported at once, with the key, the variable or line, the value (never a secret's) and what was
expected; the exit code is then 2. Unknown keys and \`CMU_PROXY_…\` variables are mistakes too. \`cmu-proxy check\` tries
a configuration against Adobe.
`;

/** `docs/configuration.md`: a table for each section. */
export function renderReference(schema: TObject): string {
  const sections = Object.entries(schema.properties).flatMap(([name, child]) => {
    const head = `## ${name}\n\n${keyword(child, 'description') ?? ''}\n\n`;
    if (isSection(child)) return [head + table(settingsOf(child, `${name}.`))];
    return isEntryList(child) ? [head + paddedTable([listRow(child, name), ...partRows(child, name)])] : [];
  });
  const topLevel = settingsOf(schema).filter((it) => !it.key.includes('.') && !isEntryList(it.schema));
  const general = `## Software statement\n\nThe proof of who you are, from the Adobe TVE Dashboard.\n\n${table(topLevel)}`;
  return [HEAD, general, ...sections].join('\n');
}

const listRow = (list: TSchema, name: string): string[] => [
  `\`${name}\`<br>\`${variableOf(name)}\``,
  'The list.',
  capitalised(expectationOf(list)),
  defaultCell(list),
];

/** What an entry has of its own, one by one; what it has as a section has it, all together. */
const partRows = ({ items }: { readonly items: TObject }, name: string): string[][] =>
  Object.entries(items.properties).map(([part, schema]) => {
    const inherits = keyword(schema, 'inherits');
    return [
      `\`${name}[].${part}\``,
      keyword(schema, 'description') ?? '',
      isSection(schema) ? 'A mapping' : capitalised(expectationOf(schema)),
      inherits === undefined ? defaultCell(schema) : `as \`${inherits}\``,
    ];
  });

function table(settings: readonly Setting[]): string {
  return paddedTable(
    settings.map(({ key, variable, schema }) => [
      `\`${key}\`<br>\`${variable}\``,
      keyword(schema, 'description') ?? '',
      capitalised(expectationOf(schema)),
      defaultCell(schema),
    ]),
  );
}

/** A table with its columns padded, as the formatter of this repository wants it. */
function paddedTable(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const head = ['Setting', 'What it does', 'Takes', 'Default'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], filler: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, filler)).join(' | ')} |\n`;
  return [line(head, ' '), line([], '-'), ...rows.map((row) => line(row, ' '))].join('');
}

function defaultCell(schema: TSchema): string {
  const value = defaultOf(schema);
  if (value === '') return 'none';
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const readable = readableAmount(value, keyword(schema, 'unit'));
  return `\`${text}\`${readable === undefined ? '' : ` (${readable})`}`;
}

const SCALES: Readonly<Record<string, readonly (readonly [size: number, name: string])[]>> = {
  milliseconds: [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ],
  bytes: [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ],
};

function readableAmount(value: unknown, unit = ''): string | undefined {
  if (typeof value !== 'number' || value === 0) return undefined;
  const scale = SCALES[unit]?.find(([size]) => value % size === 0);
  return scale === undefined ? undefined : `${value / scale[0]} ${scale[1]}`;
}
