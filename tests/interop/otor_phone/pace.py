"""How large frames are, by what recent contacts carried: the section on sizes."""

CARRIED_AT_FIRST, CARRIED_MIN, CARRIED_MAX = 8_192, 1_024, 65_536
AIM_MIN, AIM_MAX = 512, 16_384


def carried(was, size, well):
    """About how many bytes a contact carries, after one that carried `size` and ended well or was cut."""
    if size == 0:
        return was
    now = min(max(8 * size, was), 4 * was) if well else min(max(size, was // 4), 4 * was)
    return min(max(now, CARRIED_MIN), CARRIED_MAX)


def frame_aim(carried):
    """The size of frames to aim at, as a power of two."""
    return min(max(carried // 2, AIM_MIN), AIM_MAX).bit_length() - 1
