import type { TObject } from 'typebox';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { isSection, type Setting, settingsOf } from '../settings/settings.ts';
import type { Given, Layer } from './given.ts';
import { type ConfigMistake, printable, unknownName } from './mistake.ts';

/** What the file gave, and what is wrong with it. */
export interface FileLayer {
  readonly layer: Layer;
  readonly mistakes: readonly ConfigMistake[];
}

/**
 * Reads the settings that a YAML file gives (JSON is YAML too). What it says is taken as it is; types and bounds are
 * judged later, together with the environment's. Wrong syntax and unknown keys are mistakes, each with its line.
 */
export function readFileLayer(schema: TObject, file: string, text: string): FileLayer {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const sourceAt = (offset: number): string => `${file}:${lines.linePos(offset).line}`;

  if (document.errors.length > 0) {
    const mistakes = document.errors.map(({ message, pos: [offset] }) => {
      return { key: '', source: sourceAt(offset), expected: `not valid YAML: ${withoutContent(message)}` };
    });
    return { layer: new Map(), mistakes };
  }

  const layer = new Map<string, Given>();
  const mistakes: ConfigMistake[] = [];
  const everyKey = keysOf(settingsOf(schema));

  const readSection = (section: TObject, node: unknown, path: readonly string[], source: string): void => {
    const content = isAlias(node) ? node.resolve(document) : node;
    if (isMap(content)) {
      readMap(section, content, path);
      return;
    }
    const value = plain(content, document);
    // A section whose keys are all commented out is empty, not wrong.
    if (value === null) return;
    mistakes.push({
      key: path.join('.'),
      source,
      given: printable(value),
      expected: 'expected a mapping of settings',
    });
  };

  const readMap = (section: TObject, map: YAMLMap, path: readonly string[]): void => {
    for (const { key: keyNode, value } of map.items) {
      const name = String(isScalar(keyNode) ? keyNode.value : keyNode);
      const here = [...path, name];
      const key = here.join('.');
      const source = sourceAt((isNode(keyNode) ? keyNode.range?.[0] : undefined) ?? 0);
      const schemaHere = Object.hasOwn(section.properties, name) ? section.properties[name] : undefined;
      if (schemaHere === undefined) mistakes.push(unknownKey(key, source, everyKey));
      else if (isSection(schemaHere)) readSection(schemaHere, value, here, source);
      else layer.set(key, { value: plain(value, document), source, ...partsOf(value, key, sourceAt) });
    }
  };

  readSection(schema, document.contents, [], sourceAt(0));
  return { layer, mistakes };
}

/** The lines of what is within a list, for those that hold whole entries. */
function partsOf(node: unknown, key: string, sourceAt: (offset: number) => string): Pick<Given, 'parts'> {
  if (!isSeq(node)) return {};
  const parts = new Map<string, string>();
  const visit = (it: unknown, here: string): void => {
    if (!isNode(it)) return;
    if (!parts.has(here)) parts.set(here, sourceAt(it.range?.[0] ?? 0));
    if (isSeq(it)) {
      for (const [index, item] of it.items.entries()) visit(item, `${here}[${index}]`);
    } else if (isMap(it)) {
      for (const { key: name, value } of it.items) {
        if (!isScalar(name)) continue;
        const member = `${here}.${name.value}`;
        parts.set(member, sourceAt(name.range?.[0] ?? 0));
        visit(value, member);
      }
    }
  };
  for (const [index, item] of node.items.entries()) visit(item, `${key}[${index}]`);
  return { parts };
}

/**
 * A node's value; `null` for an absent one. Aliases that multiply without end become `null` too, which no setting
 * takes.
 */
function plain(node: unknown, document: Document): unknown {
  if (!isNode(node)) return null;
  try {
    return node.toJS(document) ?? null;
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}

/** The keys of settings and of the sections that hold them. */
const keysOf = (settings: readonly Setting[]): Set<string> =>
  new Set(settings.flatMap(({ path }) => path.map((_, index) => path.slice(0, index + 1).join('.'))));

// The value is not shown: a secret under a misspelt key is as likely as anything.
function unknownKey(key: string, source: string, known: Iterable<string>): ConfigMistake {
  return { key, source, expected: unknownName(key, known) };
}

// After a colon the parser quotes what it stumbled over, which may be a secret.
const withoutContent = (message: string): string => message.replace(/:\s.*/s, '').replace(/"[^"]*"/g, '…');
