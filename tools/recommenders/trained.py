"""What all recommenders that are trained keep in a file: parameters, and how they came about."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.recommender import Recommender
from usermind.tools.recommenders.training import Plan, Report


class Trained(Recommender):
    """A recommender whose parameters are trained by a plan."""

    arguments: ClassVar[tuple[str, ...]]
    """Names of the arguments it is made with, but for the plan; each is an attribute as well."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.items = ItemTable(())
        self.report: Report | None = None
        """How the last training went; None: there was none."""
        self._learnt: dict[str, NDArray[np.float32]] = {}

    @abstractmethod
    def _sizes(self, items: int) -> Mapping[str, tuple[int, ...]]:
        """Return the size of each parameter by its name."""

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return the parameters by their names."""
        return self._learnt

    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return the arguments, those of the plan included that decide the result."""
        return {**{name: getattr(self, name) for name in self.arguments}, **self.plan.settings()}

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Return the one of these parameters.

        Raises:
            InvalidInputError: They do not fit together.
        """
        given = {name: settings[name] for name in cls.arguments}
        made = cls(plan=Plan.of(settings), **given)
        expected = made._sizes(len(items)) if arrays else {}
        wrong = [n for n, size in expected.items() if n not in arrays or arrays[n].shape != size]
        if wrong or len(arrays) != len(expected):
            raise InvalidInputError(
                f"The parameters are not those of {len(items):,} items and these settings "
                f"({', '.join(map(repr, wrong[:3])) or 'other names'}). Nothing was made of them. "
                "Fit the recommender anew."
            )
        made.items = items
        made._learnt = {n: a.astype(np.float32, copy=False) for n, a in arrays.items()}
        return made
