import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';

/** What is wrong with a document by the schema of CycloneDX 1.6; `null` where nothing is. */
export async function sbomProblems(json: string): Promise<unknown> {
  return new JsonStrictValidator(Version.v1dot6).validate(json);
}
