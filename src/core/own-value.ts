/** The value of a name that people choose, such as a metric's or a model's. The name may be "constructor". */
export function ownValue<Value>(
  values: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
