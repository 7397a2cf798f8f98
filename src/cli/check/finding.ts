import { styleText } from 'node:util';
import type { CommandContext } from '../command.ts';

/** What one step of a check found. No text of it holds a secret. */
export interface Finding {
  /** `ok`, or `worth knowing` (the proxy works all the same), or `failed`: what comes after it was not tried. */
  readonly outcome: 'ok' | 'worth knowing' | 'failed';
  readonly step: Step;
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Tells a finding. */
export type Say = (finding: Finding) => void;

/** Tells findings that are about the one of this name. */
export const sayOf =
  (name: string, say: Say): Say =>
  (finding) =>
    say({ ...finding, text: `${name}: ${finding.text}` });

/** The steps in their order; each needs those before it. */
export const STEPS = [
  'Configuration',
  'Software statement',
  'State folder',
  'Registration',
  'Access token',
  'Report',
] as const;

export type Step = (typeof STEPS)[number];

const MARKS = {
  ok: ['✓', 'green'],
  'worth knowing': ['!', 'yellow'],
  failed: ['✗', 'red'],
} as const;

const WIDTH = Math.max(...STEPS.map((step) => step.length));

/** A finding as lines for a terminal; colours follow what `stream` can show. */
export function formatFinding(
  { outcome, step, text, advice }: Finding,
  stream: CommandContext['stdout'],
): string {
  const [mark, colour] = MARKS[outcome];
  const indent = ' '.repeat(WIDTH + 4);
  const lines = text.split('\n').join(`\n${indent}`);
  const head = `${styleText(colour, mark, { stream })} ${step.padEnd(WIDTH)}  ${lines}\n`;
  return advice === undefined ? head : `${head}${indent}${styleText('bold', '→', { stream })} ${advice}\n`;
}

/** The first characters of an id: enough to find it again, too few to use it. */
export const shortened = (id: string): string => (id.length <= 8 ? id : `${id.slice(0, 8)}…`);
