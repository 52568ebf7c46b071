import { hasBelow, type ProjectFiles, type Recognised } from "./recognised.ts";

export async function maven(files: ProjectFiles): Promise<Recognised | null> {
  if (!files.names.includes("pom.xml")) return null;
  const text = await files.read("pom.xml");
  const usesJmh = text.includes("jmh-core");
  const [, name = ""] =
    /<artifactId>([^<]+)<\/artifactId>/.exec(text.replace(/<parent>[\s\S]*?<\/parent>/, "")) ?? [];
  return {
    recognisedBy: usesJmh ? "pom.xml, with JMH" : "pom.xml",
    name,
    image: "maven:3-eclipse-temurin-21",
    setup: "mvn -q -B dependency:go-offline verify -DskipTests",
    build: "mvn -q -B -o package -DskipTests",
    verify: "mvn -q -B -o test",
    benchmark: usesJmh
      ? {
          command: 'java -jar target/benchmarks.jar -f 1 -rf json -rff "$LOOPTY_METRICS"',
          format: "jmh",
        }
      : null,
    ...mainSources(files),
  };
}

export async function gradle(files: ProjectFiles): Promise<Recognised | null> {
  const found = ["build.gradle.kts", "build.gradle"].find((name) => files.names.includes(name));
  if (found === undefined) return null;
  const usesJmh = (await files.read(found)).includes("me.champeau.jmh");
  const command = files.names.includes("gradlew") ? "./gradlew" : "gradle";
  return {
    recognisedBy: usesJmh ? `${found}, with the JMH plug-in` : found,
    image: "gradle:jdk21",
    setup: `${command} --no-daemon build -x test`,
    build: `${command} --offline --no-daemon assemble`,
    verify: `${command} --offline --no-daemon test`,
    benchmark: usesJmh
      ? {
          command: `${command} --offline --no-daemon jmh && cp build/results/jmh/results.json "$LOOPTY_METRICS"`,
          format: "jmh",
        }
      : null,
    ...mainSources(files),
  };
}

function mainSources(files: ProjectFiles): Pick<Recognised, "writable"> {
  return hasBelow(files, "src/main", /./) ? { writable: ["src/main/"] } : {};
}
