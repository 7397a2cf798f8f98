import { isLoopback, isWildcard } from './loopback.ts';
import { type ConfigMistake, type ConfigWarning, looksLikeJwt } from './mistake.ts';
import type { Config } from './schema.ts';

/** What a rule finds: one of the settings that it looked at (its value is shown unless secret), and what to do. */
type Finding = Pick<ConfigMistake, 'key' | 'expected'> & {
  /** The other settings that it depends on: when one of them is wrong already, the rule has nothing to say. */
  readonly dependsOn?: readonly string[];
};

type Rule = (config: Config) => Finding | undefined;

/**
 * What must hold between settings. Each rule looks at a complete configuration whose single settings are within
 * their types and bounds.
 */
export function brokenRules(config: Config): Finding[] {
  return rules.map((rule) => rule(config)).filter((finding) => finding !== undefined);
}

const remoteNeedsConsent: Rule = ({ listen }) =>
  isLoopback(listen.host) || listen.allowRemote
    ? undefined
    : {
        key: 'listen.host',
        dependsOn: ['listen.allowRemote'],
        expected:
          'expected a loopback address such as 127.0.0.1, or listen.allowRemote: true beside it, as whoever reaches this address can read your reports',
      };

const oneStatement: Rule = ({ softwareStatement, softwareStatementFile }) =>
  softwareStatement === undefined || softwareStatementFile === undefined
    ? undefined
    : {
        key: 'softwareStatement',
        dependsOn: ['softwareStatementFile'],
        expected: 'expected either this or softwareStatementFile, not both',
      };

const statementFileIsAPath: Rule = ({ softwareStatementFile }) =>
  softwareStatementFile !== undefined && looksLikeJwt(softwareStatementFile)
    ? {
        key: 'softwareStatementFile',
        expected: 'expected the path of a file; the statement itself goes into softwareStatement',
      }
    : undefined;

const statementIsNoPath: Rule = ({ softwareStatement }) =>
  softwareStatement !== undefined && /^(\.{0,2}\/\S*|\S+\.(txt|jwt))$/.test(softwareStatement.reveal().trim())
    ? {
        key: 'softwareStatement',
        expected: 'expected the text of the statement; the path of its file goes into softwareStatementFile',
      }
    : undefined;

const separateListeners: Rule = ({ listen, admin }) =>
  listen.port !== 0 && listen.port === admin.port && overlap(listen.host, admin.host)
    ? {
        key: 'admin.port',
        dependsOn: ['listen.port', 'listen.host', 'admin.host'],
        expected: 'expected another port than listen.port: the private listener must stay private',
      }
    : undefined;

const overlap = (one: string, other: string): boolean =>
  one === other || isWildcard(one) || isWildcard(other) || (isLoopback(one) && isLoopback(other));

const notToItself =
  (key: 'dcr.url' | 'upstream.url', urlOf: (config: Config) => URL): Rule =>
  (config) => {
    const url = urlOf(config);
    const own = [config.listen.port, config.admin.port];
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    return isLoopback(url.hostname) && own.includes(port)
      ? {
          key,
          dependsOn: ['listen.port', 'admin.port'],
          expected: "expected Adobe's address, not one that this proxy listens on",
        }
      : undefined;
  };

const rules: readonly Rule[] = [
  remoteNeedsConsent,
  oneStatement,
  statementFileIsAPath,
  statementIsNoPath,
  separateListeners,
  notToItself('dcr.url', (config) => config.dcr.url),
  notToItself('upstream.url', (config) => config.upstream.url),
];

/** What works and should be known: secrets or reports in clear text, a listener that others can reach. */
export function warningsAbout(config: Config): ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  if (isClear(config.dcr.url)) {
    warnings.push({
      key: 'dcr.url',
      message:
        'The statement, the client secret and the token travel unencrypted to the DCR server: use https.',
    });
  }
  if (isClear(config.upstream.url)) {
    warnings.push({
      key: 'upstream.url',
      message: 'The token and the reports travel unencrypted to and from the report API: use https.',
    });
  }
  if (!isLoopback(config.listen.host)) {
    warnings.push({
      key: 'listen.host',
      message:
        'Whoever reaches the public listener can read your reports: put a NetworkPolicy or a firewall before it.',
    });
  }
  return warnings;
}

const isClear = (url: URL): boolean => url.protocol === 'http:' && !isLoopback(url.hostname);
