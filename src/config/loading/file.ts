import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { GivenConfig } from './given.ts';

/**
 * Reads a YAML file (JSON is YAML too). What it says is taken as it is, and judged later, together with the
 * environment's. Of wrong syntax each mistake is told with its line, and nothing of the file is used.
 */
export function readDocument(file: string, text: string): GivenConfig {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const sourceAt = (offset = 0): string => `${file}:${counter.linePos(offset).line}`;
  const nothing = new GivenConfig();
  const invalid = (source: string, message: string): void => {
    nothing.mistakes.push({ key: '', source, expected: `not valid YAML: ${withoutContent(message)}` });
  };

  for (const { message, pos } of document.errors) invalid(sourceAt(pos[0]), message);
  if (document.errors.length > 0) return nothing;

  const lines = new Map([['', sourceAt()]]);
  const visit = (node: unknown, key: string): void => {
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        const here = `${key}[${index}]`;
        if (isNode(item)) lines.set(here, sourceAt(item.range?.[0]));
        visit(item, here);
      }
    } else if (isMap(node)) {
      for (const { key: name, value } of node.items) {
        const here = [key, String(isScalar(name) ? name.value : name)].filter(Boolean).join('.');
        if (isNode(name)) lines.set(here, sourceAt(name.range?.[0]));
        visit(value, here);
      }
    }
  };
  visit(document.contents, '');
  try {
    return new GivenConfig(document.toJS(), lines);
  } catch (error) {
    // Aliases that multiply without end.
    if (!(error instanceof ReferenceError)) throw error;
    invalid(file, error.message);
    return nothing;
  }
}

// After a colon the parser quotes what it stumbled over, which may be a secret.
const withoutContent = (message: string): string => message.replace(/:\s.*/s, '').replace(/"[^"]*"/g, '…');
