import type { Coordinates } from './coordinates.ts';

export interface IvyModule {
  readonly packages: readonly Coordinates[];
  readonly excluded: readonly Pick<Coordinates, 'group' | 'artifact'>[];
}

/** The job as a module of Ivy, as spark-submit describes it: the runtime of each package, and not what Spark itself has.
 *  Source: MavenUtils of Spark 4.2; Ivy's "Ivy Files". */
export function ivyModule({ packages, excluded }: IvyModule): string {
  const dependencies = packages.map(
    ({ group, artifact, version }) =>
      `    <dependency org=${quoted(group)} name=${quoted(artifact)} rev=${quoted(version)} conf="default-&gt;default(runtime)"/>`,
  );
  const exclusions = excluded.map(
    ({ group, artifact }) =>
      `    <exclude org=${pattern(group)} module=${pattern(artifact)} matcher="exactOrRegexp" conf="default"/>`,
  );
  return `<ivy-module version="2.0">
  <info organisation="dev.hibana" module="job"/>
  <configurations><conf name="default"/></configurations>
  <publications/>
  <dependencies>
${[...dependencies, ...exclusions].join('\n')}
  </dependencies>
</ivy-module>
`;
}

/** Ivy's settings: one Maven repository; sources and documentation are not asked for; checksums are the business of who serves it. */
export function ivySettings(repositoryUrl: string, cacheFolder: string): string {
  return `<ivysettings>
  <property name="ivy.maven.lookup.sources" value="false"/>
  <property name="ivy.maven.lookup.javadoc" value="false"/>
  <settings defaultResolver="maven"/>
  <caches defaultCacheDir=${quoted(cacheFolder)}/>
  <resolvers>
    <ibiblio name="maven" m2compatible="true" usepoms="true" checksums="" root=${quoted(repositoryUrl)}/>
  </resolvers>
</ivysettings>
`;
}

/** What Spark has in its own folder, from the names of the jars there, and Scala's library: spark-submit leaves them out as well. So is Hadoop's
 *  client, whatever its version: Spark's own goes first on the class path, and it is 50 MB for each executor. */
export function providedModules(sparkJars: readonly string[]): IvyModule['excluded'] {
  const named = (pattern: RegExp, group: string) =>
    sparkJars.flatMap((name) => pattern.exec(name)?.[1] ?? []).map((artifact) => ({ group, artifact }));
  return [
    ...named(/^(spark-[\w-]+_2\.\d+)-\d/, 'org.apache.spark'),
    ...named(/^(hadoop-client-[a-z]+)-\d/, 'org.apache.hadoop'),
    { group: '*', artifact: 'scala-library' },
  ];
}

function quoted(text: string): string {
  const escaped = text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `"${escaped}"`;
}

/** A `.` in a name is no wildcard: Ivy takes the exact name first, and `*` has to be said as a regular expression. */
function pattern(text: string): string {
  return quoted(text === '*' ? '.*' : text);
}
