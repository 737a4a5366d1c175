"""What `otor pull` should say of a record that a phone holds."""

from otor_phone import catalogue, status


def row_fields(record, persons):
    """The fields as a row has them. `persons`: {number: name}."""
    kind = catalogue.BY_NUMBER[record.kind]
    fields = {}
    for name, (number, rule, _) in kind.fields.items():
        if number not in record.fields:
            continue
        if rule == "all":
            latest_first = sorted(record.items(number), key=lambda item: (item.stamp, item.dot), reverse=True)
            values = list(dict.fromkeys(_value(item.value, persons) for item in latest_first))
            fields[name] = values[0] if len(values) == 1 else values
        elif rule == "set":
            fields[name] = [_value(member, persons) for member in sorted(record.items(number))]
        elif rule == "log":
            fields[name] = [_value(entry.what[1], persons) for entry in record.log(number)]
        else:
            fields[name] = _value(record.value(number), persons)
    if kind.name == "report":
        fields["status"] = status.report_status(record)
    elif kind.name == "task":
        fields["status"] = status.task_status(record)
    return fields


def _value(value, persons):
    letter, content = value
    if letter == "c":
        return content / 1e7
    if letter == "e":
        return f"{content.actor}-{content.seq}"
    return persons.get(content, content) if letter == "f" else content
