import { styleText } from 'node:util';
import { sentences } from '../../base/sentences.ts';
import type { DcrError } from '../../oauth/index.ts';
import type { CommandContext, ExitCode } from '../command.ts';

/** What one step of a check found. No text of it holds a secret. */
export interface Finding {
  /** `ok`, or `worth knowing` (the proxy works all the same), or `failed`: what comes after it was not tried. */
  readonly outcome: keyof typeof MARKS;
  readonly step: Step;
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
  /** The client and the route in question, where there are several. */
  readonly client?: string;
  readonly route?: string;
  /** Nothing helps but another statement. */
  readonly needsStatement?: boolean;
}

/** The steps in their order; each needs those before it. */
const STEPS = [
  'Configuration',
  'Software statement',
  'State folder',
  'Registration',
  'Access token',
  'Report',
] as const;

type Step = (typeof STEPS)[number];

const finding =
  (outcome: Finding['outcome']) =>
  (step: Step, text: string, advice?: string): Finding => ({
    outcome,
    step,
    text,
    ...(advice && { advice }),
  });

export const ok = finding('ok');
export const worthKnowing = finding('worth knowing');
export const failed = finding('failed');

/** What a failed call of the DCR server is told as. */
export const failedCall = (
  step: Step,
  { code, message, advice, retryAfter, retryable }: DcrError,
): Finding => {
  const wait = retryable && retryAfter !== undefined ? [`Wait ${inSeconds(retryAfter)}`] : [];
  return {
    ...failed(step, message, sentences(advice, ...wait)),
    needsStatement: /^(invalid|unapproved)_software_statement$/.test(code),
  };
};

/** What is wrong with the set-up is another code than what may heal by itself. */
export const exitCodeOf = ({ outcome, step, needsStatement = false }: Finding): ExitCode => {
  if (outcome !== 'failed') return 0;
  return needsStatement || STEPS.indexOf(step) <= STEPS.indexOf('State folder') ? 2 : 1;
};

export type Say = (finding: Finding) => void;

/** Tells findings about this client or route. */
export const sayOf =
  (about: Pick<Finding, 'client' | 'route'>, say: Say): Say =>
  (finding) =>
    say({ ...finding, ...about });

const MARKS = {
  ok: ['✓', 'green'],
  'worth knowing': ['!', 'yellow'],
  failed: ['✗', 'red'],
} as const;

const WIDTH = Math.max(...STEPS.map((step) => step.length));

/** A finding as lines for a terminal; colours follow what `stream` can show. */
export function formatFinding(finding: Finding, stream: CommandContext['stdout']): string {
  const { outcome, step, advice, client, route } = finding;
  const [mark, colour] = MARKS[outcome];
  const indent = ' '.repeat(WIDTH + 4);
  const text = [client, route, finding.text].filter((it) => it !== undefined).join(': ');
  const head = `${styleText(colour, mark, { stream })} ${step.padEnd(WIDTH)}  ${text.replaceAll('\n', `\n${indent}`)}\n`;
  return advice === undefined ? head : `${head}${indent}${styleText('bold', '→', { stream })} ${advice}\n`;
}

/** The first characters of an id: enough to find it again, too few to use it. */
export const shortened = (id: string): string => (id.length <= 8 ? id : `${id.slice(0, 8)}…`);

export const inSeconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 1000)} s`;
