import { SPARK_SERIES } from '../../runtime/core/spark-versions.ts';
import { readBuilderFacts } from '../build/builder-labels.ts';
import { platformOf } from '../build/machine-platform.ts';
import { formatLibc } from '../builder/architectures.ts';
import { COMPOSABLES } from '../builder/composables.ts';
import { EXTENSIONS } from '../builder/extensions.ts';
import { imagePlace, readBuilderImage } from '../builder/image-place.ts';
import { openRegistries } from '../builder/open-registries.ts';
import { formatPlatform, parsePlatform } from '../image/choose-platform.ts';
import { table } from '../report/table.ts';
import { javaPackageFor } from '../toolchain/fetch-java.ts';
import type { definition } from './builder-list.ts';
import type { AppContext, CommandArgs, CommandHandler } from './command.ts';

type Options = CommandArgs<typeof definition>['options'];

export const listCommand: CommandHandler<typeof definition> = async ({ options }, app) => {
  if (options.image !== undefined) return describeImage(options.image, options, app);
  const builders = [
    ...COMPOSABLES.map(({ name, summary, defaultBase }) => ({ name, summary, base: defaultBase })),
    ...EXTENSIONS.map(({ name, summary, builder }) => ({ name, summary, base: `a builder for ${builder} (--base)` })),
  ];
  const sparks = SPARK_SERIES.toReversed().map((series) => ({
    spark: series.release,
    pythons: `3.${series.pythonMinors[0]} to 3.${series.pythonMinors[1]}`,
    java: javaPackageFor(series).release,
    scala: series.scala,
  }));
  const first = await table(
    ['NAME', 'WHAT IT IS', 'BASE'],
    builders.map(({ name, summary, base }) => [name, summary, base]),
  );
  const rows = sparks.map(({ spark, pythons, java, scala }) => [spark, pythons, String(java), scala]);
  const second = await table(['SPARK', 'PYTHON OF THE BASE', 'JAVA', 'SCALA'], rows);
  await app.writeResult({ text: `${first}\n\n${second}`, data: { builders, sparks } });
  return 0;
};

async function describeImage(name: string, options: Options, app: AppContext): Promise<number> {
  await using registries = openRegistries(options, app);
  const ctx = { signal: AbortSignal.timeout(DEADLINE_MS), emit: () => {}, now: app.now };
  const place = imagePlace(name, { registries, cwd: app.cwd, pid: app.pid });
  const platform = options.arch === undefined ? platformOf(app.arch) : parsePlatform(options.arch);
  const image = await readBuilderImage(place, platform, ctx);
  const { libc, ...facts } = readBuilderFacts(image.config.config?.Labels ?? {}, place.name);
  const rows = Object.entries({
    ...{ ...facts, java: String(facts.java), libc: formatLibc(libc) },
    architecture: formatPlatform(image.config),
    digest: image.descriptor.digest,
  });
  const data = { image: { name: place.name, ...Object.fromEntries(rows) } };
  await app.writeResult({ text: await table(['IMAGE', place.name], rows), data });
  return 0;
}

const DEADLINE_MS = 120_000;
