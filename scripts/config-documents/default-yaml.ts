import type { TObject, TSchema } from 'typebox';
import { stringify } from 'yaml';
import {
  defaultOf,
  expectationOf,
  isSection,
  keyword,
  variableOf,
} from '../../src/config/settings/settings.ts';

const WIDTH = 110;

const HEAD = `# yaml-language-server: $schema=./schema.json
# Written by \`npm run docs\` from src/config/settings/: every setting with its default, which holds without a file too.
# Copy what you change. Environment variables win over the file.
`;

/** `config/default.yaml`: every setting with its default, description, bounds and variable. */
export function renderDefaultYaml(schema: TObject): string {
  return `${HEAD}\n${renderSection(schema, [])}`;
}

function renderSection(section: TObject, path: readonly string[]): string {
  const indent = '  '.repeat(path.length);
  return Object.entries(section.properties)
    .map(([name, schema]) => {
      const here = [...path, name];
      return isSection(schema)
        ? `${comment(indent, [keyword(schema, 'description') ?? ''])}${indent}${name}:\n${renderSection(schema, here)}`
        : `${comment(indent, remarksOn(schema, here))}${entry(indent, name, defaultOf(schema))}`;
    })
    .join('\n');
}

const remarksOn = (schema: TSchema, path: readonly string[]): string[] => [
  keyword(schema, 'description') ?? '',
  `${capitalised(expectationOf(schema))}. Environment: ${variableOf(path.join('.'))}`,
];

const entry = (indent: string, name: string, value: unknown): string =>
  stringify({ [name]: value }, { lineWidth: 0 }).replace(/^(?=.)/gm, indent);

function comment(indent: string, paragraphs: readonly string[]): string {
  const width = WIDTH - indent.length - 2;
  return paragraphs
    .flatMap((paragraph) => wrap(paragraph, width))
    .map((line) => `${indent}# ${line}\n`)
    .join('');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  // A variable stays on the line that says that it is one, for whoever searches.
  for (const word of text.split(/(?<!Environment:) /)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The first letter in upper case, for the start of a sentence. */
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
