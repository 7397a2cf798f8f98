import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { versionOf } from './peers/installed.ts';

/** What the figures depend on, as lines for the head of the results. */
export function machineLines(): readonly string[] {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 1024 ** 3);
  return [
    `- ${cpus.length} × ${cpus[0]?.model ?? 'unknown processor'}, ${memory} GiB, Linux ${os.release()}`,
    `- Node.js ${process.versions.node}, wrk ${versionOf('wrk', ['-v'], /wrk (?:debian\/)?(\S+)/) ?? 'missing'}`,
  ];
}

/** The commit that a checkout is at, and whether its sources differ from it. */
export function revisionLine(checkout: string): string {
  const git = (...args: string[]) =>
    spawnSync('git', ['-C', checkout, ...args], { encoding: 'utf8' }).stdout.trim();
  const changed = git('status', '--porcelain', 'src') === '' ? '' : ' with uncommitted changes in src/';
  return `- cmu-proxy at ${git('rev-parse', '--short', 'HEAD')}${changed}`;
}

/** The load average of the last minute: what else the machine was doing. */
export const loadAverage = (): string => (os.loadavg()[0] ?? 0).toFixed(2);
