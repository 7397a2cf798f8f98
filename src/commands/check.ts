import { credentialFindings } from '../check/credential-findings.ts';
import { type Finding, formatFinding, shortened } from '../check/finding.ts';
import { probeUrl, type ReportProbe, reportProbe } from '../check/report-probe.ts';
import { verdictOn, verdictOnFailure } from '../check/report-verdict.ts';
import { type LoadResult, loadConfig } from '../config/load.ts';
import { formatMistake } from '../config/mistake.ts';
import type { Config } from '../config/schema.ts';
import {
  type AccessToken,
  DcrError,
  type DcrEvent,
  type SoftwareStatement,
  StateLockedError,
  StatementError,
  systemEffects,
  type TokenSource,
} from '../dcr/index.ts';
import { isoTime } from '../units.ts';
import { CertificateError, readCertificates } from './certificates.ts';
import { type Command, type CommandContext, configOption, type ExitCode } from './command.ts';
import { createDcrBudgets } from './dcr-budgets.ts';
import { openFleet } from './open-fleet.ts';
import { type OpenedTokens, openTokens } from './open-tokens.ts';
import { readSealingKeys, StateKeyError } from './sealing.ts';
import { configuredStatement, NO_STATEMENT } from './statement.ts';
import { readTlsIdentity } from './tls-identity.ts';

/** Walks the way of a report step by step, and says at each what it found and what to do. Operators run it first. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'Try the configuration against Adobe step by step, and say what to do about what fails.',
  options: configOption,
  run: check,
};

type Say = (finding: Finding) => void;

async function check({ options, env, stdout, stopping }: CommandContext): Promise<ExitCode> {
  const say: Say = (finding) => stdout.write(formatFinding(finding, stdout));
  const { config: file } = options;
  const loaded = await loadConfig({ file: typeof file === 'string' ? file : undefined, env });
  const config = checkConfiguration(loaded, say);
  if (config === undefined) return 2;
  const statement = await checkStatement(config, say);
  const files = await checkFiles(config, say);
  if (statement === undefined || files === undefined) return 2;

  await using resources = new AsyncDisposableStack();
  const fleet = await openFleet(config, files.sealing, systemEffects);
  resources.defer(() => fleet?.close());
  const events: DcrEvent[] = [];
  const opened = await openTokens({
    config,
    statement,
    ca: files.dcr,
    sealing: files.sealing,
    budget: createDcrBudgets(systemEffects, fleet)(config.dcr.url),
    fleet,
    effects: systemEffects,
    onEvent: (event) => events.push(event),
  }).catch((error: unknown) => {
    if (error instanceof StateLockedError) return error;
    throw error;
  });
  if (opened instanceof StateLockedError) {
    say({ step: 'State folder', outcome: 'failed', text: opened.message, advice: opened.advice });
    return 2;
  }
  resources.defer(() => opened.close());
  say(stateFinding(config, opened.store));
  const token = await checkCredentials(opened, events, stopping, say);
  if (token instanceof DcrError) return isAboutStatement(token) ? 2 : 1;
  const probe = reportProbe(config.upstream, files.upstream, stopping);
  if (!(await checkReport(probeUrl(config.upstream), probe, opened.tokens, token, say))) return 1;
  stdout.write('\nAll is well: `cmu-proxy serve` will work with this configuration.\n');
  return 0;
}

function checkConfiguration(loaded: LoadResult, say: Say): Config | undefined {
  const step = 'Configuration';
  if ('mistakes' in loaded) {
    for (const mistake of loaded.mistakes) say({ step, outcome: 'failed', text: formatMistake(mistake) });
    return undefined;
  }
  const { config, warnings } = loaded;
  say({
    step,
    outcome: 'ok',
    text: `DCR at ${config.dcr.url.href}, reports at ${config.upstream.url.origin}`,
  });
  for (const { key, message } of warnings)
    say({ step, outcome: 'worth knowing', text: `${key}: ${message}` });
  return config;
}

async function checkStatement(config: Config, say: Say): Promise<SoftwareStatement | undefined> {
  const step = 'Software statement';
  try {
    const statement = await configuredStatement(config, systemEffects.now());
    if (statement === undefined) {
      say({ step, outcome: 'failed', text: NO_STATEMENT.message, advice: NO_STATEMENT.advice });
      return undefined;
    }
    const { subject, issuedAt } = statement;
    const facts = [
      subject === undefined ? 'application not named' : `application ${shortened(subject)}`,
      ...(issuedAt === undefined ? [] : [`issued ${isoTime(issuedAt)}`]),
    ];
    say({ step, outcome: 'ok', text: facts.join(', ') });
    return statement;
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    say({ step, outcome: 'failed', text: error.message, advice: error.advice });
    return undefined;
  }
}

/** Reads what else the configuration names: certificates and keys. */
async function checkFiles(config: Config, say: Say) {
  try {
    return {
      dcr: await readCertificates(config.dcr.caFile),
      upstream: await readCertificates(config.upstream.caFile),
      listener: await readTlsIdentity(config.listen.tls),
      sealing: await readSealingKeys(config.state),
    };
  } catch (error) {
    if (!(error instanceof CertificateError || error instanceof StateKeyError)) throw error;
    say({ step: 'Configuration', outcome: 'failed', text: error.message, advice: error.advice });
    return undefined;
  }
}

function stateFinding({ state }: Config, { kind, problem }: OpenedTokens['store']): Finding {
  const step = 'State folder';
  if (kind === 'file') return { step, outcome: 'ok', text: `${state.dir ?? ''} can be written` };
  const why =
    problem !== undefined && 'code' in problem ? String(problem.code) : (problem?.message ?? 'unknown');
  return {
    step,
    outcome: 'worth knowing',
    text: `${state.dir ?? 'none'} cannot be written (${why}): every restart would register anew`,
    advice: 'Set `state.dir` to a folder on a volume that outlives the process and that this user can write.',
  };
}

async function checkCredentials(
  { tokens, store }: OpenedTokens,
  events: readonly DcrEvent[],
  stopping: AbortSignal,
  say: Say,
): Promise<AccessToken | DcrError> {
  const outcome = await tokens.token({ signal: stopping }).catch((error: unknown) => {
    if (error instanceof DcrError) return error;
    throw error;
  });
  // That a folder which cannot be written cannot be read either was said already.
  const told = events.filter(({ event }) => event !== 'load-failed' || store.kind === 'file');
  const failure = outcome instanceof DcrError ? { failure: outcome } : {};
  for (const finding of credentialFindings({ status: tokens.status(), events: told, ...failure }))
    say(finding);
  return outcome;
}

const isAboutStatement = ({ code }: DcrError): boolean =>
  code === 'invalid_software_statement' || code === 'unapproved_software_statement';

/** As the proxy does, a token that the API refuses is replaced once: a stored one may have been revoked. */
async function checkReport(
  url: string,
  probe: ReportProbe,
  tokens: TokenSource,
  token: AccessToken,
  say: Say,
): Promise<boolean> {
  const step = 'Report';
  try {
    let answer = await probe(token);
    if (answer.status === 401) {
      tokens.invalidate(token);
      say({ step, outcome: 'worth knowing', text: 'the token is refused: trying with a new one' });
      answer = await probe(await tokens.token());
    }
    const verdict = verdictOn(url, answer);
    say({ step, ...verdict });
    return verdict.outcome === 'ok';
  } catch (error) {
    const failure =
      error instanceof DcrError
        ? { outcome: 'failed' as const, text: error.message, advice: error.advice }
        : verdictOnFailure(url, error);
    say({ step, ...failure });
    return false;
  }
}
