import { eq, satisfies, valid } from '@renovatebot/pep440';
import { ToolError } from '../../runtime/core/errors.ts';
import { DEFAULT_SPARK_SERIES, SPARK_SERIES, sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import type { SparkRequirement } from './requirement.ts';

export interface SparkChoice {
  /** An exact release. */
  readonly release: string;
  /** Where the requirements are that chose it: `requirements.txt:5`; `null` where none says anything, or another one was asked for. */
  readonly from: string | null;
  readonly notices: readonly string[];
}

/** The release to run on: the one asked for; else the one the requirements pin; else the newest they allow, our default series first. The one that
 *  is `offered` is taken where it fits what is said.
 *  @throws {ToolError} SPARK_UNSUPPORTED, listing what there is */
export function chooseSpark(
  asked: string | null,
  requirements: readonly SparkRequirement[],
  offered?: string,
): SparkChoice {
  const { specifier, from, notices } = wanted(requirements);
  const chooser = asked !== null || specifier === '' ? null : from;
  const isSeries = asked !== null && offered?.startsWith(`${asked}.`) === true;
  if (offered !== undefined && (asked === null || isSeries) && satisfies(offered, specifier)) {
    return {
      release: supported(offered),
      from: chooser,
      notices: [...notices, ...untried(offered, 'the word of the builder')],
    };
  }
  if (asked !== null) {
    const release = releaseOf(asked);
    const tried = [...notices, ...untried(release, 'your word')];
    if (satisfies(release, specifier)) return { release, from: null, notices: tried };
    const said = `Spark ${release} is used as asked for, although ${from} has pyspark${specifier}`;
    return { release, from: null, notices: [...tried, said] };
  }
  const pinned = PIN.exec(specifier)?.[1];
  if (pinned !== undefined) {
    const release = supported(threeParts(pinned), from);
    return { release, from, notices: [...notices, ...untried(release, `the word of ${from}`)] };
  }
  const release = NEWEST_FIRST.find((candidate) => satisfies(candidate, specifier));
  if (release !== undefined) return { release, from: chooser, notices };
  throw new ToolError('SPARK_UNSUPPORTED', `Cannot run pyspark${specifier} of ${from}: the versions are ${KNOWN}`, {
    details: { specifier, from },
  });
}

const DEFAULT_RELEASE = sparkSeriesOf(DEFAULT_SPARK_SERIES).release;
const NEWEST_FIRST = [DEFAULT_RELEASE, ...SPARK_SERIES.map(({ release }) => release).toReversed()];
const KNOWN = SPARK_SERIES.map(({ release }) => release).join(', ');
/** `==4.2.0` alone, but not `==4.2.*`. */
const PIN = /^===?\s*([0-9][^*,\s]*)$/;

interface Wanted {
  readonly specifier: string;
  readonly from: string;
  readonly notices: readonly string[];
}

/** Markers are not weighed here: requirements without one count; where each has one, the last does. */
function wanted(requirements: readonly SparkRequirement[]): Wanted {
  const always = requirements.filter(({ requirement }) => requirement.marker === null);
  const counted = always.length > 0 ? always : requirements.slice(-1);
  const isGuess = always.length === 0 && requirements.length > 1;
  const from = counted.map((one) => one.from).join(' and ');
  return {
    specifier: counted.map(specifierOf).filter(Boolean).join(','),
    from,
    notices: isGuess ? [`${from} chooses Spark: markers of other pyspark requirements are not weighed`] : [],
  };
}

/** A pyspark from a URL is the version that its file name has. */
function specifierOf({ requirement: { specifier, url } }: SparkRequirement): string {
  const version = url === null ? undefined : /pyspark-(\d+\.\d+\.\d+)/i.exec(url)?.[1];
  return version === undefined ? specifier : `==${version}`;
}

/** `4.2` → its release, `4.2.0` → itself. */
function releaseOf(asked: string): string {
  if (!/^\d+\.\d+(?:\.\d+)?$/.test(asked)) throw unsupported(asked);
  return asked.split('.').length === 2 ? sparkSeriesOf(asked).release : supported(asked);
}

function supported(version: string, from?: string): string {
  if (valid(version) === null || !SPARK_SERIES.some(({ series }) => version.startsWith(`${series}.`))) {
    throw unsupported(version, from);
  }
  return version;
}

/** Any release of a series is run; each series is tried with one. */
function untried(release: string, word: string): readonly string[] {
  const { release: own } = sparkSeriesOf(release);
  return release === own ? [] : [`Spark ${release} is used on ${word}: hibana is tried with ${own}`];
}

function unsupported(version: string, from?: string): ToolError {
  const place = from === undefined ? '' : ` of ${from}`;
  return new ToolError('SPARK_UNSUPPORTED', `Cannot run Spark ${version}${place}: the versions are ${KNOWN}`, {
    details: { version },
  });
}

/** `==4.2` pins 4.2.0. Source: PEP 440, zero padding. */
function threeParts(version: string): string {
  return eq(version, `${version}.0`) && version.split('.').length === 2 ? `${version}.0` : version;
}
