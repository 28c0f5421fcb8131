"""What a network is not fit for, and what is known of its biases: for its card and for its page."""

from collections.abc import Callable

from widthwise.export.litert import of_faces


def limits(say: Callable[..., str], manifest: dict, shown: Callable[[str], str] = str) -> list[str]:
    """Sentences.

    say: the phrases of the card; manifest: of the data; shown: a class's name as it is to be written.
    """
    (height, width, channels), classes = manifest["image_shape"], manifest["classes"]
    per_class = manifest["splits"]["training"]["per_class"]
    few, many = min(per_class), max(per_class)
    kind = say("grey" if channels == 1 else "colour")
    found = [say("closed world", height=height, width=width, kind=kind)]
    if few != many:
        rarest, commonest = (shown(classes[per_class.index(rows)]) for rows in (few, many))
        counts = {"few": f"{few:,}", "many": f"{many:,}"}
        found.append(say("unequal", rarest=rarest, commonest=commonest, **counts))
    found.append(say("not calibrated"))
    found.append(say("drawn" if manifest["stand_in"] else "labels"))
    if of_faces(classes):
        found += [] if manifest["stand_in"] else [say("people unknown")]
        found += [say("fer2013")] if manifest["dataset"].startswith("fer2013") else []
        found.append(say("no decisions"))
    return found
