import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArguments, usage } from './arguments.ts';
import type { Case } from './cases.ts';
import { checkOut, commitOf, forgetCheckouts } from './checkout.ts';
import { loadAverage, machineLines } from './machine.ts';
import { allCases, choose, measure, stayOffTheServersCore } from './measure.ts';
import { cmuProxyPeers } from './peers/cmu-proxy.ts';
import { figure } from './report.ts';
import { runBench } from './run-bench.ts';
import type { Samples, Summary } from './samples.ts';

const root = join(import.meta.dirname, '..');
const INVOCATION = 'npm run bench:regression -- REVISION [REVISION (HEAD)] [options]';

/** A difference that the spread of at least three rounds cannot explain: the ranges do not overlap. */
const apart = (a: Summary, b: Summary): boolean => a.rounds >= 3 && (a.most < b.least || b.most < a.least);

interface Revision {
  readonly commit: string;
  readonly suffix: string;
}

/** One line a figure: the medians, B ÷ A, and a verdict only where the two ranges do not overlap. */
function comparison(chosen: readonly Case[], before: Revision, after: Revision, samples: Samples): string {
  const rows: string[] = [];
  for (const one of chosen) {
    for (const kind of [
      'cmu-proxy',
      'cmu-proxy cache',
      'cmu-proxy (3 s tokens)',
      'cmu-proxy cache (3 s tokens)',
    ]) {
      for (const [metric, { unit, better }] of Object.entries(one.metrics)) {
        const a = samples.summary(one.name, kind + before.suffix, metric);
        const b = samples.summary(one.name, kind + after.suffix, metric);
        if (a === undefined || b === undefined) continue;
        const ratio = b.median / a.median;
        const verdict = apart(a, b) ? (ratio > 1 === (better === 'higher') ? 'better' : '**worse**') : '';
        const spread = ({ median, least, most }: Summary) =>
          `${figure(median)} (${figure(least)}-${figure(most)})`;
        const cells = [one.name, kind, `${metric}, ${unit}`, spread(a), spread(b), ratio.toFixed(2), verdict];
        rows.push(`| ${cells.join(' | ')} |`);
      }
    }
  }
  const heading = `| case | set-up | figure | A ${before.commit} | B ${after.commit} | B/A | |`;
  return [heading, '| --- | --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** `npm run bench:regression -- A B`: two git revisions in interleaved rounds, and the ratio per case. */
async function main(argv: readonly string[]): Promise<void> {
  const options = parseArguments(argv, undefined);
  const [first, second = 'HEAD'] = options.positionals;
  if (first === undefined || options.positionals.length > 2) {
    throw new TypeError(`${INVOCATION}\n${usage}`);
  }
  const before = { commit: commitOf(root, first), suffix: ' A' };
  const after = { commit: commitOf(root, second), suffix: ' B' };
  const chosen = choose(allCases, options.cases);
  stayOffTheServersCore();

  const dir = mkdtempSync(join(tmpdir(), 'cmu-proxy-regression-'));
  const checkouts = [before, after].map((revision) => ({
    ...revision,
    folder: join(dir, revision.suffix.trim()),
  }));
  try {
    for (const { commit, folder } of checkouts) checkOut(root, commit, folder);
    // A of one kind beside B of the same kind, so that what they are compared in happens within seconds.
    const both = checkouts.map(({ folder, suffix }) => Object.values(cmuProxyPeers(folder, suffix)));
    const peers = [0, 1, 2, 3].flatMap((kind) =>
      both.flatMap((ofRevision) => ofRevision.slice(kind, kind + 1)),
    );
    const loadBefore = loadAverage();
    const samples = await measure({
      ...options,
      peers,
      cases: chosen,
      progress: (line) => console.error(line),
    });
    const page = [
      ...machineLines(),
      `- ${options.rounds} interleaved rounds, bursts of ${options.seconds} s; load average ${loadBefore} before, ${loadAverage()} after`,
      '',
      comparison(chosen, before, after, samples),
      '',
    ].join('\n');
    console.log(page);
    if (options.out !== undefined) writeFileSync(options.out, page);
  } finally {
    rmSync(dir, { recursive: true, force: true });
    forgetCheckouts(root);
  }
}

await runBench(INVOCATION, main);
