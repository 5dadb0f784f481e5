"""Stationary points in closed form: the problem, its equations, the moves that solve them, and the proof by numbers.

    phrases, problem                 what is asked: the goal, the unknowns, the function, the constraints
    lagrangian                       the equations that hold at a stationary point
    moves                            ways to solve one equation for one unknown, a family each
    whole                            problems that are solved as a whole: eigenvectors, the polar factor, proximal operators
    elimination                      several equations: solve one, insert, solve the next
    solvable, forms                  equations with known solutions, as data and as expressions
    conditions                       what a solution takes for granted
    trial, certificate               a solution at random points: feasible, stationary, of which kind
    kind                             why it is a minimum
    stationary, solution, steps      the answer, how it shows itself, and how one gets there
"""
