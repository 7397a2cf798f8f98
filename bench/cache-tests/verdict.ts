import type { SuiteGroup, SuiteResults } from './suite.ts';

export interface Verdict {
  readonly report: string;
  /** Failures that no reason is known for. */
  readonly unexpected: number;
}

/** Compares results with the failures that have a reason. */
export function verdictOn(
  groups: readonly SuiteGroup[],
  results: SuiteResults,
  known: ReadonlyMap<string, string>,
): Verdict {
  const lines: string[] = [];
  let passed = 0;
  let total = 0;
  let unexpected = 0;
  for (const { id, tests } of groups) {
    const failed = tests.filter((test) => results[test.id] !== true);
    passed += tests.length - failed.length;
    total += tests.length;
    lines.push(`${id}: ${tests.length - failed.length}/${tests.length}`);
    for (const test of failed) {
      const reason = known.get(test.id);
      if (reason === undefined) unexpected++;
      const result = results[test.id];
      const detail = result === undefined ? 'not run' : result === true ? '' : result.join(': ');
      lines.push(
        `  ${reason === undefined ? 'FAILED' : 'known '} ${test.kind ?? 'required'} ${test.id}: ${detail}`,
      );
    }
  }
  const healed = [...known.keys()].filter((id) => results[id] === true);
  if (healed.length > 0) lines.push(`passed, though known to fail: ${healed.join(', ')}`);
  lines.push(`${passed} of ${total} pass; ${unexpected} failures without a known reason`, '');
  return { report: lines.join('\n'), unexpected };
}
