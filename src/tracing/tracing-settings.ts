/** What of OpenTelemetry's standard variables decides whether and how spans are made (the exporter reads its own). */
export interface TracingSettings {
  readonly sampler: SamplerSetting;
  readonly batch: Partial<Record<(typeof BATCH_VARIABLES)[number][1], number>>;
}

export interface SamplerSetting {
  readonly kind: 'always_on' | 'always_off' | 'traceidratio';
  /** Follow the caller's decision where there is one. */
  readonly parentBased: boolean;
  /** Share of traces that are kept, 0 to 1. */
  readonly ratio: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `OTEL_SDK_DISABLED`, `OTEL_TRACES_EXPORTER`, `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` and `OTEL_BSP_*` as the
 * OpenTelemetry specification has them. Spans are made when an endpoint is named, or the exporter `otlp` is: unlike in
 * an SDK, silence means no.
 * @returns `undefined` when nobody wants spans
 */
export const tracingSettings = (env: Environment): TracingSettings | undefined => {
  const exporter = env['OTEL_TRACES_EXPORTER'] ?? '';
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  const wanted = exporter === 'otlp' || (exporter === '' && endpoint !== '');
  if (!wanted || env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  return { sampler: samplerSetting(env), batch: batchSettings(env) };
};

const samplerSetting = (env: Environment): SamplerSetting => {
  const name = env['OTEL_TRACES_SAMPLER'] ?? '';
  const parentBased = name === '' || name.startsWith('parentbased_') || !KINDS.has(name);
  const kind = KINDS.get(name.replace(/^parentbased_/, '')) ?? 'always_on';
  const given = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? '1');
  return { kind, parentBased, ratio: given >= 0 && given <= 1 ? given : 1 };
};

const KINDS: ReadonlyMap<string, SamplerSetting['kind']> = new Map([
  ['always_on', 'always_on'],
  ['always_off', 'always_off'],
  ['traceidratio', 'traceidratio'],
]);

const batchSettings = (env: Environment): TracingSettings['batch'] => {
  const settings: TracingSettings['batch'] = {};
  for (const [variable, key] of BATCH_VARIABLES) {
    const value = Number(env[variable] ?? '');
    if (Number.isInteger(value) && value > 0) settings[key] = value;
  }
  return settings;
};

const BATCH_VARIABLES = [
  ['OTEL_BSP_SCHEDULE_DELAY', 'scheduledDelayMillis'],
  ['OTEL_BSP_EXPORT_TIMEOUT', 'exportTimeoutMillis'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', 'maxQueueSize'],
  ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'maxExportBatchSize'],
] as const;
